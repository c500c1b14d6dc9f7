package dev.convoke.storage;

import java.util.List;
import java.util.Optional;

/**
 * Files under one URI scheme. Small on purpose: every method is one that each backend can promise. All backends pass
 * one contract test. Implementations are safe for use by many threads.
 *
 * <p>Every failure is a {@link StorageException} naming the location, the operation and the remedy; a missing path is a
 * {@link NotFoundException}, an occupied one an {@link AlreadyExistsException}.
 */
public interface FileStore {

    /**
     * Opens a file for reading at any position.
     *
     * @throws NotFoundException if there is no file there
     */
    SeekableInput open(Location file);

    /**
     * Creates a new file, and the folders above it; of several callers at once exactly one succeeds. The content is
     * visible to others no later than close. {@link DurableOutput#close()} does not return before the bytes are on
     * disk.
     *
     * @throws AlreadyExistsException if anything is there already
     */
    DurableOutput create(Location file);

    /**
     * Writes a small file whole, replacing an older one: readers see the old or the new content, never a mixture and
     * never nothing.
     */
    void replace(Location file, byte[] content);

    /**
     * Renames a file or a folder to a name that must not exist. Atomic: afterwards either name holds everything.
     *
     * @throws AlreadyExistsException if the target is taken
     * @throws NotFoundException if the source is missing
     */
    void rename(Location from, Location to);

    /**
     * Renames a file to a name that another file may have, which is replaced. Atomic: readers see the old or the new
     * file. Whoever takes the source away first prevents it.
     *
     * @throws AlreadyExistsException if the target is a folder
     * @throws NotFoundException if the source is missing
     */
    void renameOver(Location from, Location to);

    /** Deletes a file, or a folder with everything in it. Does nothing if nothing is there. */
    void delete(Location location);

    /** Creates a folder and those above it. Does nothing if it is there. */
    void makeFolder(Location folder);

    /** Returns what is directly in a folder, sorted by name; empty if the folder is missing. */
    List<FileEntry> list(Location folder);

    /** Returns what is at a location, or empty. */
    Optional<FileEntry> find(Location location);

    /** Returns whether anything is at a location. */
    default boolean exists(Location location) {
        return find(location).isPresent();
    }

    /**
     * Reads a file whole.
     *
     * @param largestBytes refuses a longer file, so that a wrong path cannot fill the memory
     */
    byte[] read(Location file, int largestBytes);

    /**
     * What stands in a folder.
     *
     * @param location the whole address
     * @param folder whether it is a folder
     * @param bytes the length of a file, 0 for a folder
     * @param modifiedMillis when it last changed, in milliseconds since 1970; for people and for what has lain for
     *     days, never for deciding which of two is newer
     */
    record FileEntry(Location location, boolean folder, long bytes, long modifiedMillis) {}
}
