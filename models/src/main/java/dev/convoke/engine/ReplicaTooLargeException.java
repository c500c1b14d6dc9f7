package dev.convoke.engine;

/**
 * A replica does not fit the memory it may take: use smaller minibatches or give the process more. Another engine is no
 * way out: none takes less. The message has the figures.
 */
public final class ReplicaTooLargeException extends RuntimeException {

    /** Carries what is needed, what may be taken, and the remedy. */
    public ReplicaTooLargeException(String message) {
        super(message);
    }
}
