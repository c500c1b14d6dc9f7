package dev.convoke.cluster;

/** A node of a local cluster did not start: read the end of its log, which the message shows, and start again. */
public final class NodeFailedException extends RuntimeException {

    /** Carries which node, what its log says last and the remedy. */
    public NodeFailedException(String message) {
        super(message);
    }
}
