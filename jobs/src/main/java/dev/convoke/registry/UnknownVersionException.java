package dev.convoke.registry;

/** There is no such version or alias in the registry: name another. The message lists what there is. */
public final class UnknownVersionException extends RuntimeException {

    /** Carries what was asked for and what there is. */
    public UnknownVersionException(String message) {
        super(message);
    }
}
