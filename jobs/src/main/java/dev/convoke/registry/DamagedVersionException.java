package dev.convoke.registry;

/** A version's files are not what was registered: roll back to another version and restore or remove this one. */
public final class DamagedVersionException extends RuntimeException {

    /** Carries the file and the difference. */
    public DamagedVersionException(String message) {
        super(message);
    }
}
