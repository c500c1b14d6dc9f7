package dev.convoke.spark;

import dev.convoke.provenance.LogKeys;
import org.apache.spark.api.java.JavaSparkContext;

/** Names jobs for Spark's pages: which run, and what it is at. */
public final class JobNames {

    private JobNames() {}

    /**
     * Returns what a job does, such as {@code round 3 of epoch 0}, after the run that this thread works for, if any.
     */
    public static String of(JavaSparkContext spark, String what) {
        String run = spark.getLocalProperty(LogKeys.RUN);
        return run == null ? what : "run " + run + ": " + what;
    }
}
