package dev.convoke.checkpoint;

import org.jspecify.annotations.Nullable;

/** A checkpoint is not what was saved: resume from an older one. Names the file and the difference. */
public final class DamagedCheckpointException extends RuntimeException {

    /** Carries the file, the difference and the remedy. */
    public DamagedCheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
