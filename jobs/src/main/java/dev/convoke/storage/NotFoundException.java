package dev.convoke.storage;

import org.jspecify.annotations.Nullable;

/** Nothing is at a location that was expected to hold a file: check the path. */
public final class NotFoundException extends StorageException {

    /** Carries the location, the operation and the remedy. */
    public NotFoundException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
