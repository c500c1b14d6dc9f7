package dev.convoke.engine;

/** An engine cannot run here: choose another engine or another machine. The message names what is missing. */
public final class EngineUnavailableException extends RuntimeException {

    /** Carries the missing feature or layer, and the remedy. */
    public EngineUnavailableException(String message) {
        super(message);
    }
}
