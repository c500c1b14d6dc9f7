package dev.convoke.shard;

import org.jspecify.annotations.Nullable;

/** A dataset is not what its manifest promises, or has none: shard it again. Names the file and the difference. */
public final class DamagedDatasetException extends RuntimeException {

    /** Carries the file, the difference and the remedy. */
    public DamagedDatasetException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
