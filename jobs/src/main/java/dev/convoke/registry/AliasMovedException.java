package dev.convoke.registry;

/** Somebody else moved the alias meanwhile, so what was decided about it does not hold any more: decide again. */
public final class AliasMovedException extends RuntimeException {

    /** Carries who moved it where. */
    public AliasMovedException(String message) {
        super(message);
    }
}
