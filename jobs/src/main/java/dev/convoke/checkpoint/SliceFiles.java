package dev.convoke.checkpoint;

import dev.convoke.storage.AlreadyExistsException;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.SeekableInput;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Slices of the state vector as files of raw little-endian float32 values. Called where the slices live, by many
 * processes at once; several attempts at one slice do no harm.
 */
public final class SliceFiles {

    private static final int CHUNK_VALUES = 1 << 18;

    /**
     * Enough for a disk to read on while digests are computed; each may hold a file of a state that is cut otherwise.
     */
    private static final int READERS = 4;

    private SliceFiles() {}

    /**
     * Writes a slice and reads it back. The file is on disk, whole and verified when this returns.
     *
     * @param folder what {@link CheckpointStore#begin} returned
     * @param index counts the slices from 0 in the order of the state vector
     * @param offset the slice's first value in the state vector
     * @param values read from its position to its limit, which stay as they are
     * @throws DamagedCheckpointException if what was read back differs, or if another attempt has written other values
     */
    public static SliceEntry write(FileStore store, Location folder, int index, int offset, FloatBuffer values) {
        String name = String.format(Locale.ROOT, "slice-%04d.bin", index);
        Location file = folder.child(name);
        Location attempt = folder.child("." + name + "." + UUID.randomUUID() + ".tmp");
        String digest = writeNew(store, attempt, values.duplicate());
        SliceEntry entry = new SliceEntry(name, offset, values.remaining(), digest);
        compare(store, attempt, values.duplicate());
        try {
            store.rename(attempt, file);
        } catch (AlreadyExistsException e) {
            // A retried or speculative attempt was faster; the same state gives the same bytes.
            verify(store, file, entry);
            store.delete(attempt);
        }
        return entry;
    }

    /**
     * Reads a slice and verifies length and digest.
     *
     * @param target receives {@code entry.length()} values from its position on; its content is undefined if this fails
     * @throws DamagedCheckpointException if the file is missing, has another length or other bytes
     */
    public static void read(FileStore store, Location folder, SliceEntry entry, FloatBuffer target) {
        if (target.remaining() < entry.length()) {
            throw new IllegalArgumentException("The target has room for " + target.remaining() + " of the "
                    + entry.length() + " values of " + folder.child(entry.file()));
        }
        readChecked(store, folder.child(entry.file()), entry, target);
    }

    /**
     * Does something with each slice, a few at a time. No thread is at work any more when this returns or fails.
     *
     * @param work called by several threads; after a failure, not for the slices that it was not yet called for
     * @throws RuntimeException what the work threw, of the first slice in their order that it failed for
     */
    public static void each(List<SliceEntry> slices, Consumer<SliceEntry> work) {
        ExecutorService readers = Executors.newFixedThreadPool(READERS, task -> {
            Thread reader = new Thread(task, "slice-reader");
            reader.setDaemon(true);
            return reader;
        });
        AtomicInteger failed = new AtomicInteger(Integer.MAX_VALUE);
        List<CompletableFuture<Void>> begun = IntStream.range(0, slices.size())
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> {
                            if (i < failed.get()) {
                                noting(failed, i, () -> work.accept(slices.get(i)));
                            }
                        },
                        readers))
                .toList();
        readers.shutdown();
        @Nullable Throwable first = null;
        for (CompletableFuture<Void> one : begun) {
            Throwable failure = one.handle((nothing, thrown) -> thrown).join();
            first = first == null ? failure : first;
        }
        if (first instanceof CompletionException wrapped && wrapped.getCause() != null) {
            first = wrapped.getCause();
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first != null) {
            throw (RuntimeException) first;
        }
    }

    private static void noting(AtomicInteger failed, int index, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            failed.accumulateAndGet(index, Math::min);
            throw e;
        }
    }

    /** Reads a file through to the end and compares length and digest with an entry's, as {@link #read} does. */
    static void verify(FileStore store, Location file, SliceEntry entry) {
        readChecked(store, file, entry, FloatBuffer.allocate(0));
    }

    private static String writeNew(FileStore store, Location file, FloatBuffer values) {
        byte[] chunk = new byte[chunkBytes(values.remaining())];
        FloatBuffer floats = floats(chunk);
        Sha256 sha256 = new Sha256();
        try (DurableOutput output = store.create(file)) {
            while (values.hasRemaining()) {
                int count = Math.min(values.remaining(), CHUNK_VALUES);
                floats.clear().put(next(values, count));
                sha256.update(chunk, 0, count * Float.BYTES);
                output.write(chunk, 0, count * Float.BYTES);
            }
        } catch (IOException e) {
            throw new StorageException("Cannot write " + file + ": " + e.getMessage() + "; check the storage", e);
        }
        return sha256.hex();
    }

    /** Fills {@code target} unless it is empty. */
    private static void readChecked(FileStore store, Location file, SliceEntry entry, FloatBuffer target) {
        boolean wanted = target.hasRemaining();
        Sha256 sha256 = new Sha256();
        readThrough(store, file, entry.length(), (chunk, count) -> {
            sha256.update(chunk, 0, count);
            if (wanted) {
                target.put(floats(chunk).limit(count / Float.BYTES));
            }
        });
        String digest = sha256.hex();
        if (!digest.equals(entry.sha256())) {
            throw new DamagedCheckpointException(
                    file + " has SHA-256 " + digest + " instead of " + entry.sha256() + "; resume from another one",
                    null);
        }
    }

    /** Compares a file with what was written to it, to the bit: as sure as a second digest, and much cheaper. */
    private static void compare(FileStore store, Location file, FloatBuffer written) {
        byte[] expected = new byte[chunkBytes(written.remaining())];
        FloatBuffer floats = floats(expected);
        readThrough(store, file, written.remaining(), (chunk, count) -> {
            floats.clear().put(next(written, count / Float.BYTES));
            if (Arrays.mismatch(chunk, 0, count, expected, 0, count) >= 0) {
                throw new DamagedCheckpointException(
                        file + " reads back with other bytes than were written: the storage damages files; check it",
                        null);
            }
        });
    }

    private interface ChunkReader {

        /** Is called with the bytes of a file in order. */
        void take(byte[] chunk, int count);
    }

    private static void readThrough(FileStore store, Location file, int values, ChunkReader reader) {
        long bytes = (long) values * Float.BYTES;
        byte[] chunk = new byte[chunkBytes(values)];
        try (SeekableInput input = store.open(file)) {
            if (input.length() != bytes) {
                throw new DamagedCheckpointException(
                        file + " has " + input.length() + " bytes instead of " + bytes + "; resume from another one",
                        null);
            }
            for (long done = 0; done < bytes; done += chunk.length) {
                int count = (int) Math.min(chunk.length, bytes - done);
                if (input.readNBytes(chunk, 0, count) < count) {
                    throw new DamagedCheckpointException(
                            file + " ends before its " + bytes + " bytes; resume from another one", null);
                }
                reader.take(chunk, count);
            }
        } catch (NotFoundException e) {
            throw new DamagedCheckpointException(file + " is missing; resume from another one", e);
        } catch (IOException e) {
            throw new StorageException("Cannot read " + file + ": " + e.getMessage() + "; check the storage", e);
        }
    }

    private static int chunkBytes(int values) {
        return Math.min(values, CHUNK_VALUES) * Float.BYTES;
    }

    /** Returns the next values of a buffer, which then stands behind them. */
    private static FloatBuffer next(FloatBuffer values, int count) {
        FloatBuffer next = values.slice(values.position(), count);
        values.position(values.position() + count);
        return next;
    }

    private static FloatBuffer floats(byte[] chunk) {
        return ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
