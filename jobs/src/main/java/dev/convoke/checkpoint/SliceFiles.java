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
import java.util.Locale;
import java.util.UUID;

/**
 * Slices of the state vector as files of raw little-endian float32 values. Called where the slices live, by many
 * processes at once; several attempts at one slice do no harm.
 */
public final class SliceFiles {

    private static final int CHUNK_VALUES = 1 << 18;

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
        verify(store, attempt, entry);
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

    /** Reads a file through to the end and compares length and digest with an entry's, as {@link #read} does. */
    static void verify(FileStore store, Location file, SliceEntry entry) {
        readChecked(store, file, entry, FloatBuffer.allocate(0));
    }

    private static String writeNew(FileStore store, Location file, FloatBuffer values) {
        byte[] chunk = new byte[Math.min(values.remaining(), CHUNK_VALUES) * Float.BYTES];
        FloatBuffer floats = floats(chunk);
        Sha256 sha256 = new Sha256();
        try (DurableOutput output = store.create(file)) {
            while (values.hasRemaining()) {
                int count = Math.min(values.remaining(), CHUNK_VALUES);
                floats.clear();
                floats.put(values.slice(values.position(), count));
                values.position(values.position() + count);
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
        long bytes = (long) entry.length() * Float.BYTES;
        byte[] chunk = new byte[Math.min(entry.length(), CHUNK_VALUES) * Float.BYTES];
        FloatBuffer floats = floats(chunk);
        boolean wanted = target.hasRemaining();
        Sha256 sha256 = new Sha256();
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
                sha256.update(chunk, 0, count);
                if (wanted) {
                    target.put(floats.clear().limit(count / Float.BYTES));
                }
            }
        } catch (NotFoundException e) {
            throw new DamagedCheckpointException(file + " is missing; resume from another one", e);
        } catch (IOException e) {
            throw new StorageException("Cannot read " + file + ": " + e.getMessage() + "; check the storage", e);
        }
        String digest = sha256.hex();
        if (!digest.equals(entry.sha256())) {
            throw new DamagedCheckpointException(
                    file + " has SHA-256 " + digest + " instead of " + entry.sha256() + "; resume from another one",
                    null);
        }
    }

    private static FloatBuffer floats(byte[] chunk) {
        return ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
