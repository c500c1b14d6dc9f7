package dev.convoke.metrics.mlflow;

/** The tracking server cannot be used; training goes on without it. */
final class MlflowException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MlflowException(String message) {
        super(message);
    }
}
