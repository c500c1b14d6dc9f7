package dev.convoke.cli;

/** Somebody asked this process to stop; what is committed is intact, and the same command continues. */
final class StopRequestedException extends RuntimeException {

    StopRequestedException() {
        super("stopped on request; the same command continues");
    }
}
