package dev.convoke.spark;

import org.jspecify.annotations.Nullable;

/** The cluster cannot do the work now: look at it, then run the same command again; what is committed is intact. */
public final class ClusterException extends RuntimeException {

    /** Carries what was tried, what the cluster did and the remedy. */
    public ClusterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
