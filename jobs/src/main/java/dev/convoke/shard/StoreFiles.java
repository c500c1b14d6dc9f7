package dev.convoke.shard;

import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.io.IOException;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/** Lets Parquet write through a {@link FileStore}, taking the digest of what passes. */
final class StoreFiles {

    private StoreFiles() {}

    /** Returns a file that Parquet creates once; {@code digest} has seen all its bytes when it is closed. */
    static OutputFile output(FileStore store, Location file, Sha256 digest) {
        return new OutputFile() {
            @Override
            public PositionOutputStream create(long blockSizeHint) {
                return new DigestingStream(store.create(file), digest);
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
        };
    }

    private static final class DigestingStream extends PositionOutputStream {

        private final DurableOutput out;
        private final Sha256 digest;
        private long position;

        DigestingStream(DurableOutput out, Sha256 digest) {
            this.out = out;
            this.digest = digest;
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            digest.update(new byte[] {(byte) value}, 0, 1);
            position++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            digest.update(bytes, offset, length);
            position += length;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
