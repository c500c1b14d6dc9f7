package dev.convoke.models;

/** No network of this name: correct the name. The message gives the nearest one and the list. */
public final class UnknownArchitectureException extends RuntimeException {

    /** Carries the unknown name, the nearest known one and all known ones. */
    public UnknownArchitectureException(String message) {
        super(message);
    }
}
