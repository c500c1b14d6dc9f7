package dev.convoke.engine.cuda;

/** A GPU or one of its libraries failed in the middle of work: what was computed is lost, try it on another one. */
public final class GpuFailureException extends RuntimeException {

    private static final long serialVersionUID = 1;

    GpuFailureException(String message) {
        super(message);
    }
}
