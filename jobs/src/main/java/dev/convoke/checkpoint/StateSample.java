package dev.convoke.checkpoint;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.SeekableInput;
import dev.convoke.storage.StorageException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Looks into a checkpoint's state: reads a few values of an array, or a small array whole, at its place in the slices.
 * For pictures only: nothing is verified, because that would mean to read all of it. Not thread-safe.
 */
public final class StateSample implements AutoCloseable {

    private static final int CHUNKS = 4;

    private final FileStore store;
    private final Checkpoint checkpoint;
    private final Map<String, SeekableInput> open = new HashMap<>();

    /** Prepares to look; reads nothing yet. */
    public StateSample(FileStore store, Checkpoint checkpoint) {
        this.store = store;
        this.checkpoint = checkpoint;
    }

    /**
     * Returns values of an array: all of it if it is small, else a few runs of neighbours, evenly spread.
     *
     * @param offset its first value in the state vector
     * @param length how many values it has
     * @param most how many are returned at most
     * @throws StorageException if a slice cannot be read or ends too early
     */
    public float[] read(int offset, int length, int most) {
        if (length <= most) {
            return exactly(offset, length);
        }
        int chunk = Math.max(1, most / CHUNKS);
        float[] values = new float[CHUNKS * chunk];
        for (int i = 0; i < CHUNKS; i++) {
            int from = (int) ((long) (length - chunk) * i / (CHUNKS - 1));
            System.arraycopy(exactly(offset + from, chunk), 0, values, i * chunk, chunk);
        }
        return values;
    }

    private float[] exactly(int offset, int length) {
        float[] values = new float[length];
        for (SliceEntry slice : checkpoint.slices()) {
            int from = Math.max(offset, slice.offset());
            int to = Math.min(offset + length, slice.offset() + slice.length());
            if (from < to) {
                byte[] bytes = bytes(slice, from - slice.offset(), to - from);
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values, from - offset, to - from);
            }
        }
        return values;
    }

    private byte[] bytes(SliceEntry slice, int from, int count) {
        try {
            SeekableInput input = open.computeIfAbsent(
                    slice.file(), name -> store.open(checkpoint.folder().child(name)));
            input.seek((long) from * Float.BYTES);
            byte[] bytes = input.readNBytes(count * Float.BYTES);
            if (bytes.length < count * Float.BYTES) {
                throw new EOFException("it ends too early");
            }
            return bytes;
        } catch (IOException e) {
            throw new StorageException(
                    "Cannot look into " + checkpoint.folder().child(slice.file()) + ": " + e.getMessage()
                            + "; 'convoke train --resume must' verifies the checkpoints",
                    e);
        }
    }

    @Override
    public void close() {
        for (SeekableInput input : open.values()) {
            try {
                input.close();
            } catch (IOException e) {
                throw new StorageException(
                        "Cannot close a slice of " + checkpoint.folder() + ": " + e.getMessage()
                                + "; check the storage",
                        e);
            }
        }
        open.clear();
    }
}
