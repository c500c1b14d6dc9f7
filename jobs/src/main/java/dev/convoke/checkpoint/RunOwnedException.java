package dev.convoke.checkpoint;

/** A run directory belongs to another process: wait for it, use another directory, or take the run over. Names it. */
public final class RunOwnedException extends RuntimeException {

    /** Carries the run, its owner and the remedy. */
    public RunOwnedException(String message) {
        super(message);
    }
}
