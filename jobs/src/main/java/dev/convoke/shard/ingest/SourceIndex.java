package dev.convoke.shard.ingest;

import dev.convoke.data.RawPixels;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The list of a source's images in a temporary file, so that nobody holds it in memory. */
public final class SourceIndex {

    private SourceIndex() {}

    /** Writes such a file. Not thread-safe. */
    public static final class Writer implements AutoCloseable {

        private final Location file;
        private final DataOutputStream out;
        private long count;

        /** Creates the file; it must not exist. */
        public Writer(FileStore store, Location file) {
            this.file = file;
            this.out = new DataOutputStream(new BufferedOutputStream(store.create(file), 1 << 16));
        }

        /** Adds an image. */
        public void add(SourceImage image) {
            try {
                text(image.path());
                text(image.file());
                out.writeLong(image.offset());
                out.writeLong(image.length());
                RawPixels raw = image.raw();
                out.writeByte(raw == null ? 0 : raw.channels());
                out.writeInt(raw == null ? 0 : raw.width());
                out.writeInt(raw == null ? 0 : raw.height());
                count++;
            } catch (IOException e) {
                throw failure("write", file, e);
            }
        }

        private void text(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length);
            out.write(bytes);
        }

        /** Returns how many images were added. */
        public long count() {
            return count;
        }

        @Override
        public void close() {
            try {
                out.close();
            } catch (IOException e) {
                throw failure("write", file, e);
            }
        }
    }

    /** Reads such a file, image by image. The iterator closes the file after the last one. */
    public static Iterator<SourceImage> read(FileStore store, Location file) {
        DataInputStream in = new DataInputStream(new BufferedInputStream(store.open(file), 1 << 16));
        return new Iterator<>() {

            private @Nullable SourceImage next = advance(in, file);

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public SourceImage next() {
                SourceImage current = next;
                if (current == null) {
                    throw new NoSuchElementException("No more images in " + file);
                }
                next = advance(in, file);
                return current;
            }
        };
    }

    private static @Nullable SourceImage advance(DataInputStream in, Location file) {
        try {
            byte[] path;
            try {
                path = new byte[in.readInt()];
            } catch (EOFException end) {
                in.close();
                return null;
            }
            in.readFully(path);
            byte[] address = new byte[in.readInt()];
            in.readFully(address);
            return new SourceImage(
                    new String(path, StandardCharsets.UTF_8),
                    new String(address, StandardCharsets.UTF_8),
                    in.readLong(),
                    in.readLong(),
                    raw(in));
        } catch (IOException e) {
            throw failure("read", file, e);
        }
    }

    private static @Nullable RawPixels raw(DataInputStream in) throws IOException {
        int channels = in.readByte();
        int width = in.readInt();
        int height = in.readInt();
        return channels == 0 ? null : new RawPixels(channels, width, height);
    }

    private static StorageException failure(String operation, Location file, IOException cause) {
        return new StorageException(
                "Cannot " + operation + " the temporary list " + file + " (" + cause.getMessage()
                        + "): look at the storage, then shard again",
                cause);
    }
}
