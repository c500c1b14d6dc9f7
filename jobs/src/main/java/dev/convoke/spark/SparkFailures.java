package dev.convoke.spark;

import java.util.function.Supplier;

/** Finds our own exceptions under those that Spark wraps around what a task throws. */
final class SparkFailures {

    private SparkFailures() {}

    /** Runs a job; what one of our tasks threw comes out as it was thrown. */
    static <T> T unwrapped(Supplier<T> job) {
        try {
            return job.get();
        } catch (Exception e) { // Spark throws its checked exception without declaring it
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof RuntimeException ours
                        && cause.getClass().getName().startsWith("dev.convoke.")) {
                    throw ours;
                }
            }
            throw e;
        }
    }
}
