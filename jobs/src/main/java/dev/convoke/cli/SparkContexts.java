package dev.convoke.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.convoke.spark.ClusterException;
import dev.convoke.spark.logs.LogPlugin;
import java.lang.management.ManagementFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the Spark context a verb runs on: whatever {@code spark-submit} was told, or, where nothing was said, Spark
 * embedded in this process with all its cores.
 */
final class SparkContexts {

    /** Where a standalone worker leaves the cluster's secret for a driver that it starts. */
    private static final String SECRET = "_SPARK_AUTH_SECRET";

    private static final Logger LOG = LoggerFactory.getLogger(SparkContexts.class);

    private static final OperatingSystemMXBean MACHINE =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private SparkContexts() {}

    /**
     * Opens a context.
     *
     * @param application shown in Spark's own pages
     * @param tasks how many tasks will run side by side; embedded Spark shares its cores among them
     * @throws UsageException if this is no Spark for us, or its settings name no master there can be
     * @throws ClusterException if the master does not answer
     */
    static JavaSparkContext open(String application, int tasks) {
        SparkVersion.check();
        SparkConf conf = new SparkConf().setAppName(application);
        if (!conf.contains("spark.master")) {
            int cores = Runtime.getRuntime().availableProcessors();
            conf.setMaster("local[" + cores + "]");
            conf.setIfMissing("spark.task.cpus", String.valueOf(Math.max(1, cores / Math.max(1, tasks))));
        }
        if (isEmbedded(conf)) {
            conf.setIfMissing("spark.ui.enabled", "false");
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
            keepStateOffHeap(conf, MACHINE.getTotalMemorySize());
        } else {
            addPlugin(conf, LogPlugin.class.getName());
            takeSecret(conf, System.getenv(SECRET));
            int workers = new ExecutorFit(conf).workersInExecutor();
            LOG.debug("An executor holds {} workers", workers);
        }
        // Native threads that spin while they wait stall each other by seconds once a machine has other work.
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
        setUpExecutors(conf);
        // Spark's bar knows stages, not training; our own line says more.
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        return start(conf);
    }

    /** Returns whether jobs run in this process, or where else nothing of a cluster is. */
    static boolean isEmbedded(SparkConf conf) {
        return conf.get("spark.master", "local").startsWith("local");
    }

    private static JavaSparkContext start(SparkConf conf) {
        JavaSparkContext spark;
        try {
            spark = new JavaSparkContext(conf);
        } catch (LinkageError failed) {
            throw new UsageException(
                    "Spark cannot start in this Java (" + failed.getMessage()
                            + "): start with bin/convoke-submit, or give this process the --add-opens of bin/common.sh",
                    failed);
        } catch (Exception failed) { // Spark throws its checked exceptions undeclared
            throw SparkFailure.atStart(conf, failed);
        }
        if (spark.sc().isStopped()) {
            throw new ClusterException(SparkFailure.unreachable(conf.get("spark.master")), null);
        }
        return spark;
    }

    /** Spark itself looks for a driver's secret among the settings only, where a worker rightly does not put it. */
    static void takeSecret(SparkConf conf, @Nullable String given) {
        if (given != null) {
            conf.setIfMissing("spark.authenticate.secret", given);
        }
    }

    /**
     * VGG-16's state with its momentum is a gigabyte; the heap of one process seldom has room for it and its averages.
     */
    static void keepStateOffHeap(SparkConf conf, long machineBytes) {
        conf.setIfMissing("spark.memory.offHeap.enabled", "true");
        conf.setIfMissing("spark.memory.offHeap.size", machineBytes / 2 + "b"); // a limit; nothing is taken until used
    }

    private static void addPlugin(SparkConf conf, String name) {
        String others = conf.get("spark.plugins", "");
        conf.set("spark.plugins", others.isEmpty() ? name : others + "," + name);
    }

    /** Executors deserialise too, and hold networks outside their heap; they are processes of their own. */
    private static void setUpExecutors(SparkConf conf) {
        addOption(conf, "-Djdk.serialFilter=", SerialFilter.PATTERN);
        addOption(conf, "-Dorg.bytedeco.javacpp.maxphysicalbytes=", "0");
        addOption(conf, "-Dorg.bytedeco.javacpp.logger=", "slf4j");
        // Netty may then look into java.nio, which Spark opens for it; else it zeroes all memory it receives into.
        addOption(conf, "-Dio.netty.tryReflectionSetAccessible=", "true");
    }

    private static void addOption(SparkConf conf, String name, String value) {
        String options = conf.get("spark.executor.extraJavaOptions", "");
        if (!options.contains(name)) {
            conf.set("spark.executor.extraJavaOptions", (options + " \"" + name + value + "\"").strip());
        }
    }
}
