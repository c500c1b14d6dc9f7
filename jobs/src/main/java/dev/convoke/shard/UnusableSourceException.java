package dev.convoke.shard;

import org.jspecify.annotations.Nullable;

/** What was to be sharded cannot become a dataset: correct the source or the options the message names. */
public final class UnusableSourceException extends RuntimeException {

    /** Carries the source, what is wrong with it and the remedy. */
    public UnusableSourceException(String message) {
        this(message, null);
    }

    /** Carries the source, what is wrong with it, the remedy and the cause. */
    public UnusableSourceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
