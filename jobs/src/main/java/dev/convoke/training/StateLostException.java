package dev.convoke.training;

/** The state a round starts from is gone with the processes that held it: continue from an older state. */
public final class StateLostException extends RuntimeException {

    /** Carries round, what is missing and the remedy. */
    public StateLostException(String message) {
        super(message);
    }
}
