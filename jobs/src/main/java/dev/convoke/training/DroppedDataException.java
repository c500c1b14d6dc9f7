package dev.convoke.training;

/** The master has left out examples of a round, and would do so again: nothing of it counts; choose another master. */
public final class DroppedDataException extends RuntimeException {

    /** Carries round, worker, what was planned and trained, and which master to choose. */
    public DroppedDataException(String message) {
        super(message);
    }
}
