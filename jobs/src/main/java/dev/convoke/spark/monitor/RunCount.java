package dev.convoke.spark.monitor;

import java.util.Locale;

/** What the driver counts for Spark's metrics system since it started; docs/seeing.md lists the same. */
public enum RunCount {
    /** Examples trained. */
    EXAMPLES,
    /** Rounds done, those done again included. */
    ROUNDS,
    /** Checkpoints committed. */
    CHECKPOINTS,
    /** Evaluations. */
    EVALUATIONS,
    /** How often the state was lost and the run went back. */
    WENT_BACK,
    /** Bytes of state moved between processes. */
    MOVED_BYTES,
    /** Executors lost. */
    EXECUTORS_LOST,
    /** Tasks that failed, of whatever job. */
    TASKS_FAILED;

    /** Returns its name in the metrics system. */
    public String metric() {
        return name().toLowerCase(Locale.ROOT) + "_total";
    }
}
