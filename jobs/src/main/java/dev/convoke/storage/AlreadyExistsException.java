package dev.convoke.storage;

import org.jspecify.annotations.Nullable;

/** A location that had to be free is taken: choose another name, or look who was faster. */
public final class AlreadyExistsException extends StorageException {

    /** Carries the location, the operation and the remedy. */
    public AlreadyExistsException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
