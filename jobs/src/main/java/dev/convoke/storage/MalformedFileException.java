package dev.convoke.storage;

import org.jspecify.annotations.Nullable;

/**
 * A file is not what its format asks for: restore it or write it again. Names the file, the place and what was wrong.
 */
public final class MalformedFileException extends RuntimeException {

    /** Carries the file, the place in it and what was expected. */
    public MalformedFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
