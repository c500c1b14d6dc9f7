package dev.convoke.spark.rounds;

import java.io.Serializable;

/**
 * Why a task could not do its part for a reason that no retry would change.
 *
 * @param kind decides what the driver does
 * @param message for a person
 */
record Failure(Kind kind, String message) implements Serializable {

    static Failure of(Kind kind, RuntimeException cause) {
        return new Failure(kind, String.valueOf(cause.getMessage()));
    }

    enum Kind {
        /** A loss or a state left the finite numbers. */
        DIVERGED,
        /** A slice of the state is on no executor any more. */
        STATE_LOST,
        /** A worker's result is not what was planned. */
        UNACCEPTABLE
    }
}
