package dev.convoke.cli;

import dev.convoke.spark.ClusterException;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageFailures;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/**
 * Says in our words what Spark says in its own: what is wrong with the cluster or the settings, and the remedy. Spark
 * has few exception classes, so most is known by its message.
 */
final class SparkFailure {

    /** What a message means: the failure to report in place of the one that carries it. */
    private record Meaning(String sign, BiFunction<String, Throwable, RuntimeException> report) {}

    private static final List<Meaning> MEANINGS = List.of(
            new Meaning(
                    "No space left on device",
                    (master, cause) -> new ClusterException(
                            "A disk of the cluster is full (" + lineWith("No space left on device", cause)
                                    + "): free space under spark.local.dir and the workers' folders, or name a larger"
                                    + " disk there, then run the same command again; what is committed is intact",
                            cause)),
            new Meaning(
                    "java.lang.OutOfMemoryError",
                    (master, cause) -> new ClusterException(
                            "An executor ran out of memory (" + lineWith("OutOfMemoryError", cause)
                                    + "): give it more heap (--executor-memory; CONVOKE_JAVA_OPTS=-Xmx8g where everything"
                                    + " runs in one process) or fewer examples at once ('batch'); './convoke plan' says"
                                    + " what a recipe needs; what is committed is intact",
                            cause)),
            new Meaning(
                    "ExecutorLostFailure",
                    (master, cause) -> new ClusterException(
                            "A task lost its executor again and again (" + lineWith("ExecutorLostFailure", cause)
                                    + "): usually the executor needs more memory than it was given; raise"
                                    + " spark.executor.memoryOverhead or spark.executor.memory and look at that"
                                    + " executor's log; what is committed is intact",
                            cause)),
            new Meaning(
                    "has failed the maximum allowable number of times",
                    (master, cause) -> new ClusterException(
                            "A stage was given up because executors that held its data were lost ("
                                    + lineWith("has failed the maximum allowable number of times", cause)
                                    + "): look at the executors' logs, then run the same command again; what is"
                                    + " committed is intact",
                            cause)),
            new Meaning(
                    "Master removed our application",
                    (master, cause) -> new ClusterException(
                            "The master " + master + " gave up this application, usually because its executors end as"
                                    + " soon as they start: a full disk, too little memory, another Java; look at an"
                                    + " executor's stderr on the master's page",
                            cause)),
            new Meaning("stopped SparkContext", (master, cause) -> new ClusterException(unreachable(master), cause)),
            new Meaning(
                    "SparkContext was shut down", (master, cause) -> new ClusterException(unreachable(master), cause)),
            new Meaning(
                    "local class incompatible",
                    (master, cause) -> new UsageException("Driver and cluster run different versions of Spark, Scala or"
                            + " Convoke (" + lineWith("local class incompatible", cause)
                            + "): install the same distribution on every node")),
            new Meaning(
                    "java.lang.UnsatisfiedLinkError",
                    (master, cause) -> new UsageException("An executor lacks a native library ("
                            + lineWith("UnsatisfiedLinkError", cause)
                            + "): give spark-submit every jar of lib/, as bin/convoke-submit does")),
            new Meaning(
                    "java.lang.NoClassDefFoundError",
                    (master, cause) ->
                            new UsageException("A class is missing (" + lineWith("NoClassDefFoundError", cause)
                                    + "): give spark-submit every jar of lib/, as bin/convoke-submit does")));

    private SparkFailure() {}

    /** Returns what a failure of a job means, if it is one we know. */
    static Optional<RuntimeException> explain(String master, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause);
            for (Meaning meaning : MEANINGS) {
                if (message.contains(meaning.sign)) {
                    return Optional.of(meaning.report.apply(master, failure));
                }
            }
        }
        return Optional.empty();
    }

    /** Returns why Spark did not start with these settings. */
    static RuntimeException atStart(SparkConf conf, Exception failure) {
        String master = conf.get("spark.master");
        String message = String.valueOf(failure.getMessage());
        if (message.contains("Master URL") || message.contains("Invalid master URL")) {
            return new UsageException("'" + master + "' is no master this Spark knows: write spark://host:port, yarn,"
                    + " k8s://https://host:port or local[N]; YARN and Kubernetes need a Spark built with them");
        }
        if (message.contains("secret key must be specified")) {
            return new UsageException("spark.authenticate is on and there is no secret: name the cluster's with"
                    + " CONVOKE_SECRET_FILE, or in a spark-defaults.conf that only you can read; see"
                    + " docs/operations.md");
        }
        IOException storage = storageErrorOrNull(failure);
        if (storage != null && conf.getBoolean("spark.eventLog.enabled", false)) {
            String folder = conf.get("spark.eventLog.dir", "file:/tmp/spark-events");
            return StorageFailures.explain("write Spark's event log in " + folder, Location.parse(folder), storage);
        }
        // A context whose master gave up or was never there is taken apart while it is still being put together.
        boolean ended = failure instanceof NullPointerException || message.contains("running MetricsSystem");
        return explain(master, failure)
                .orElseGet(() -> ended
                        ? new ClusterException(unreachable(master), failure)
                        : new ClusterException(
                                "Spark does not start on " + master + ": "
                                        + message.lines().findFirst().orElse("")
                                        + "; check Spark's settings and the master's log",
                                failure));
    }

    static String unreachable(String master) {
        return "The master " + master + " does not answer or has ended this application: check its address and that it"
                + " runs Spark 3.5 with the same secret (spark.authenticate), then run the same command again; what is"
                + " committed is intact";
    }

    private static @Nullable IOException storageErrorOrNull(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException error) {
                return error;
            }
        }
        return null;
    }

    private static String lineWith(String sign, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<String> line = String.valueOf(cause)
                    .lines()
                    .filter(text -> text.contains(sign))
                    .findFirst();
            if (line.isPresent()) {
                String text = line.get().strip();
                return text.length() <= 200 ? text : text.substring(0, 200) + "...";
            }
        }
        return sign;
    }
}
