package dev.convoke.chaos;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** A driver whose executors stand on hosts of a {@link SplitNetwork}; trains until it was cut often enough. */
final class PartitionedDriver {

    private PartitionedDriver() {}

    /** Takes a folder for the runs and how many partitions there shall be; ends with 0 if no run ended otherwise. */
    public static void main(String[] arguments) {
        try {
            train(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
            System.exit(0);
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void train(Path folder, int partitions) throws Exception {
        ChaosLog log = new ChaosLog("network partitions", folder.resolve("log"));
        DisturbedRun run = new DisturbedRun(folder, log);
        try (SplitNetwork network = new SplitNetwork();
                JavaSparkContext spark = DisturbedRun.spark(new SparkConf(false)
                        .set(
                                "spark.executorEnv.JAVA_HOME",
                                network.javaHome(folder.resolve("java")).toString())
                        .set("spark.driver.bindAddress", SplitNetwork.HERE)
                        .set("spark.driver.host", SplitNetwork.HERE))) {
            while (log.count("partition") < partitions) {
                run.train(spark, random -> Optional.of(network.cut(random)));
            }
        }
        log.report(
                log.count("partition"),
                log.count("partition") + " partitions, " + log.count("run") + " runs, 1 distinct final digest");
    }
}
