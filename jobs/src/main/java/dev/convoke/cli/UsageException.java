package dev.convoke.cli;

/** A command was called wrongly: correct the arguments. Names the argument and the remedy. */
final class UsageException extends RuntimeException {

    UsageException(String message) {
        super(message);
    }

    UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
