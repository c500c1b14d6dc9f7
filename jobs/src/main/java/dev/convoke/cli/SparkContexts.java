package dev.convoke.cli;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Opens the Spark context a verb runs on: whatever {@code spark-submit} was told, or, where nothing was said, Spark
 * embedded in this process with all its cores.
 */
final class SparkContexts {

    private SparkContexts() {}

    /**
     * Opens a context.
     *
     * @param application shown in Spark's own pages
     * @param tasks how many tasks will run side by side; embedded Spark shares its cores among them
     */
    static JavaSparkContext open(String application, int tasks) {
        SparkConf conf = new SparkConf().setAppName(application);
        if (!conf.contains("spark.master")) {
            int cores = Runtime.getRuntime().availableProcessors();
            conf.setMaster("local[" + cores + "]");
            conf.setIfMissing("spark.task.cpus", String.valueOf(Math.max(1, cores / Math.max(1, tasks))));
        }
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.ui.enabled", "false");
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        }
        // Native threads that spin while they wait stall each other by seconds once a machine has other work.
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
        filterDeserialisation(conf);
        // Spark's bar knows stages, not training; our own line says more.
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        return new JavaSparkContext(conf);
    }

    /** Executors deserialise too, and they are processes of their own. */
    private static void filterDeserialisation(SparkConf conf) {
        String options = conf.get("spark.executor.extraJavaOptions", "");
        if (!options.contains("-Djdk.serialFilter=")) {
            conf.set(
                    "spark.executor.extraJavaOptions",
                    (options + " \"-Djdk.serialFilter=" + SerialFilter.PATTERN + "\"").strip());
        }
    }
}
