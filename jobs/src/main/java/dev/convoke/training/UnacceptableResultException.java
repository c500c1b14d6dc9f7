package dev.convoke.training;

/**
 * A worker's result is not what was planned: nothing of the round counts; report it, it is a defect or a bad machine.
 */
public final class UnacceptableResultException extends RuntimeException {

    /** Carries round, worker, and what was planned and what came. */
    public UnacceptableResultException(String message) {
        super(message);
    }
}
