package dev.convoke.engine.dl4j;

/** A model file that is damaged, not a network this project computes, or not safe to read: use another file. */
public final class RejectedModelException extends RuntimeException {

    /** Carries what in the file is wrong, and the remedy. */
    public RejectedModelException(String message) {
        super(message);
    }

    /** Carries what in the file is wrong, the remedy, and what found it. */
    public RejectedModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
