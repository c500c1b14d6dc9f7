package dev.convoke.training;

/** Training left the finite numbers: lower the learning rate, or resume with another policy. Names round and worker. */
public final class TrainingDivergedException extends RuntimeException {

    /** Carries round, worker, what was seen and the remedy. */
    public TrainingDivergedException(String message) {
        super(message);
    }
}
