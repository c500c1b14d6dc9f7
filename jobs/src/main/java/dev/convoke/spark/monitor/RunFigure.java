package dev.convoke.spark.monitor;

import java.util.Locale;

/** What the driver tells Spark's metrics system about the run at work; docs/seeing.md lists the same. */
public enum RunFigure {
    /** Rounds done. */
    ROUND,
    /** Rounds of the whole run. */
    ROUNDS_PLANNED,
    /** Epoch at work, counted from 1. */
    EPOCH,
    /** Mean cross-entropy of the round's examples, in nats. */
    LOSS,
    /** Share of the round's examples that were classified right. */
    TOP1,
    /** Learning rate of the round's last step. */
    LEARNING_RATE,
    /** Images a second, all workers together. */
    IMAGES_PER_SECOND,
    /** Divergence of the replicas, relative to their average. */
    DIVERGENCE,
    /** Slowest worker's time in the engine by the mean. */
    WORKER_SKEW,
    /** Share of the workers' time that they waited for examples. */
    WAIT_SHARE,
    /** Wall time of the round. */
    ROUND_MILLIS,
    /** Of it, the slowest worker's time in the engine. */
    COMPUTE_MILLIS,
    /** Of it, averaging. */
    AVERAGE_MILLIS,
    /** How long the last checkpoint held training up. */
    CHECKPOINT_MILLIS,
    /** Rounds behind the last committed checkpoint. */
    CHECKPOINT_ROUND,
    /** Seconds left at the speed of this round. */
    SECONDS_LEFT,
    /** Top-1 of the last evaluation. */
    EVALUATION_TOP1,
    /** Top-5 of the last evaluation. */
    EVALUATION_TOP5,
    /** Loss of the last evaluation, in nats. */
    EVALUATION_LOSS;

    /** Returns its name in the metrics system. */
    public String metric() {
        return name().toLowerCase(Locale.ROOT);
    }
}
