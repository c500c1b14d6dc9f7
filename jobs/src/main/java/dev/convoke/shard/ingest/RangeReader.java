package dev.convoke.shard.ingest;

import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the bytes of source images, keeping the last file open: many images may stand in one. Not thread-safe. */
public final class RangeReader implements AutoCloseable {

    private final FileStores stores;
    private String openFile = "";
    private @Nullable SeekableInput open;

    /** Reads through stores; opens nothing yet. */
    public RangeReader(FileStores stores) {
        this.stores = stores;
    }

    /** Returns the bytes of an image. */
    public byte[] read(SourceImage image) {
        try {
            SeekableInput in = open(image.file());
            byte[] bytes = new byte[Math.toIntExact(image.length())];
            in.seek(image.offset());
            int read = in.readNBytes(bytes, 0, bytes.length);
            if (read < bytes.length) {
                throw new IOException("ends " + (bytes.length - read) + " bytes early; is something changing it?");
            }
            return bytes;
        } catch (IOException e) {
            throw new StorageException(
                    "Cannot read " + image.path() + " in " + image.file() + " (" + e.getMessage()
                            + "): look at the storage, then shard again",
                    e);
        }
    }

    private SeekableInput open(String file) throws IOException {
        SeekableInput current = open;
        if (current != null && openFile.equals(file)) {
            return current;
        }
        close();
        Location location = new Location(file);
        SeekableInput next = stores.of(location).open(location);
        open = next;
        openFile = file;
        return next;
    }

    @Override
    public void close() {
        SeekableInput current = open;
        open = null;
        if (current != null) {
            try {
                current.close();
            } catch (IOException e) {
                throw new StorageException("Cannot close " + openFile + ": " + e.getMessage(), e);
            }
        }
    }
}
