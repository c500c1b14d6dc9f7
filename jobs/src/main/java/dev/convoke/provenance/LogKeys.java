package dev.convoke.provenance;

/**
 * What every log line says of where it comes from, as keys of the logging context. Their first part is Spark's: what
 * the driver sets as a local property of this name, Spark puts into the context of each task.
 */
public final class LogKeys {

    /** The run directory's name. */
    public static final String RUN = "mdc.run";

    /** The round, counted from 0. */
    public static final String ROUND = "mdc.round";

    /** The worker whose share a task trains. */
    public static final String WORKER = "mdc.worker";

    private LogKeys() {}
}
