package dev.convoke.chaos;

import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.CheckpointPlan;
import dev.convoke.training.FakeKit;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** A small run on two executors that suffer, again and again; each time it must end in the bytes of one process. */
final class DisturbedRun {

    static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);
    static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(
                    23,
                    3,
                    4,
                    4,
                    new Averaging(AveragingSchedule.every(3), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                    LearningRate.cosine(0.1, 1),
                    0.1,
                    20),
            102);

    private final Path folder;
    private final ChaosLog log;
    private final String expected;

    /**
     * Trains once without Spark, where nothing happens.
     *
     * @param log says how many runs there were before
     */
    DisturbedRun(Path folder, ChaosLog log) {
        this.folder = folder;
        this.log = log;
        try (InProcessRoundRunner runner = new InProcessRoundRunner(KIT, PLAN, 1, TrainedRun.STORES)) {
            this.expected = train(runner, location(0), new RoundListener() {});
        }
    }

    /** Returns two executors of one core each, given up after eight seconds of silence, that may fail for ever. */
    static JavaSparkContext spark(SparkConf more) throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        SparkConf conf = new SparkConf()
                .setMaster("local-cluster[2,1,1024]")
                .setAppName("chaos")
                .set("spark.ui.enabled", "false")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
                .set("spark.executor.memory", "512m")
                .set("spark.network.timeout", "8s")
                .set("spark.rpc.askTimeout", "120s")
                .set("spark.network.timeoutInterval", "2s")
                .set("spark.executor.heartbeatInterval", "1s")
                .set("spark.storage.blockManagerHeartbeatTimeoutMs", "8000")
                .set("spark.deploy.maxExecutorRetries", "-1")
                .set("spark.task.maxFailures", "100")
                .set("spark.stage.maxConsecutiveAttempts", "100")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1");
        for (scala.Tuple2<String, String> setting : more.getAll()) {
            conf.set(setting._1(), setting._2());
        }
        return new JavaSparkContext(conf);
    }

    /**
     * Trains once more, and writes down what happened to it.
     *
     * @param harms see {@link Saboteur}
     * @throws AssertionError if the run ends in other bytes
     */
    void train(JavaSparkContext spark, Function<Random, Optional<Saboteur.Harm>> harms) throws IOException {
        int run = log.count("run") + 1;
        Saboteur saboteur = new Saboteur(new Random(ChaosLog.SEED * 1000 + run), harms);
        String digest;
        try (SparkRoundRunner runner =
                new SparkRoundRunner(spark, StorageAccess.of(new Configuration()), "chaos-" + run, KIT, PLAN)) {
            digest = train(runner, location(run), saboteur);
        }
        for (String harm : saboteur.done()) {
            log.add(harm);
        }
        log.add("run " + run + " of " + saboteur.done().size() + " faults ended in " + digest);
        if (!digest.equals(expected)) {
            throw new AssertionError("Run " + run + " of seed " + ChaosLog.SEED + ", " + saboteur.done() + ", ended in "
                    + digest + " instead of " + expected);
        }
        new LocalFileStore().delete(location(run));
    }

    /** Trains to the end with a checkpoint every second round; returns the digest of the final state. */
    static String train(RoundRunner runner, Location run, RoundListener listener) {
        LocalFileStore store = new LocalFileStore();
        RunOwnership ownership = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD);
        CheckpointStore checkpoints = new CheckpointStore(store, run, ownership, Retention.DEFAULT);
        RunIdentity identity = new RunIdentity(23, 3, 4, "every 3", "data", "network", "recipe");
        return TrainingProcess.digest(new TrainingLoop(
                        runner,
                        PLAN,
                        new CheckpointPlan(checkpoints, identity, List.of(), 2),
                        Optional.empty(),
                        List.of(listener),
                        () -> false)
                .run()
                .checkpoint());
    }

    private Location location(int run) {
        return Location.parse(folder.resolve("run-" + run).toString());
    }
}
