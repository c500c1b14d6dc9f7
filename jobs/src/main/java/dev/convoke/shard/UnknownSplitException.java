package dev.convoke.shard;

/** A split was asked for that there is not: choose one of those the message lists. */
public final class UnknownSplitException extends RuntimeException {

    /** Carries the split and those there are. */
    public UnknownSplitException(String message) {
        super(message);
    }
}
