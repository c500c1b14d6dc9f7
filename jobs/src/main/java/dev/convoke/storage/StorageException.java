package dev.convoke.storage;

import org.jspecify.annotations.Nullable;

/**
 * Storage failed: look at the storage, then run the same command again. Names the location, the operation and the
 * remedy.
 */
public class StorageException extends RuntimeException {

    /** Carries the location, the operation and the remedy. */
    public StorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
