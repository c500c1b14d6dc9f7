package dev.convoke.shard;

import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/** A shard's file as Parquet writes it through a {@link FileStore}; takes the digest of what reaches the store. */
final class ShardOutput implements OutputFile {

    private final FileStore store;
    private final Location file;
    private final Sha256 digest = new Sha256();
    /** What is not in the store yet, once the end has begun. */
    private @Nullable ByteArrayOutputStream tail;

    ShardOutput(FileStore store, Location file) {
        this.store = store;
        this.file = file;
    }

    /**
     * Says that what is written from now on is the end of the file. It stays in memory until the file is closed, so
     * that its footer can be put in order first.
     */
    void beginEnd() {
        if (tail == null) {
            tail = new ByteArrayOutputStream();
        }
    }

    /** Returns the digest of the file; call it once, after the file was closed. */
    String sha256() {
        return digest.hex();
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) {
        return new DigestingStream(store.create(file));
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
        return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
        return false;
    }

    @Override
    public long defaultBlockSize() {
        return 0;
    }

    @Override
    public String getPath() {
        return file.uri();
    }

    private final class DigestingStream extends PositionOutputStream {

        private final DurableOutput out;
        private long position;

        DigestingStream(DurableOutput out) {
            this.out = out;
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (tail == null) {
                store(bytes, offset, length);
            } else {
                tail.write(bytes, offset, length);
            }
            position += length;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            if (tail != null && tail.size() > 0) {
                byte[] end = CanonicalFooter.of(tail.toByteArray());
                tail.reset();
                store(end, 0, end.length);
            }
            out.close();
        }

        private void store(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            digest.update(bytes, offset, length);
        }
    }
}
