package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
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
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.StateRestore;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import dev.convoke.training.TrainingSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors as processes of their own: state really moves between them, and they can be killed. */
class ExecutorProcessesTest {

    private static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(
                    23,
                    3,
                    4,
                    2,
                    new Averaging(AveragingSchedule.every(3), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                    LearningRate.cosine(0.1, 1),
                    0.1,
                    20),
            102);

    private static JavaSparkContext spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        spark = new JavaSparkContext(new SparkConf()
                .setMaster("local-cluster[2,1,1024]")
                .setAppName("executor processes")
                .set("spark.ui.enabled", "false")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set("spark.executor.memory", "512m")
                .set("spark.memory.offHeap.enabled", "true")
                .set("spark.memory.offHeap.size", "64m")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void executorsInOtherProcessesGiveTheBytesOfOneProcessEvenIfTheyAreKilled() {
        Set<Integer> killedAfter = new HashSet<>();
        RoundListener killer = new RoundListener() {
            @Override
            public void roundDone(RoundSummary summary) {
                int round = summary.round().number();
                if (round == 0) {
                    assertThat(summary.bytesMoved()).isPositive();
                }
                if (round == 1 && killedAfter.add(round)) {
                    executors().get(0).destroyForcibly();
                }
                if (round == 3 && killedAfter.add(round)) {
                    CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS)
                            .execute(() -> executors().get(0).destroyForcibly());
                }
            }
        };
        TrainingOutcome outcome;
        try (SparkRoundRunner runner = sparkRunner()) {
            outcome = train(runner, killer);
        }

        FloatBuffer state = FloatBuffer.allocate(outcome.checkpoint().valueCount());
        StateRestore.read(
                store(),
                outcome.checkpoint().folder(),
                outcome.checkpoint().slices(),
                List.of(new StateRestore.Part(0, state)));
        assertThat(state).isEqualTo(inProcess().state());
    }

    private TrainingOutcome train(RoundRunner runner, RoundListener listener) {
        Location run = Location.parse(folder.resolve("run").toString());
        RunOwnership ownership = RunOwnership.acquire(store(), run, Takeover.FROM_THE_DEAD);
        CheckpointStore checkpoints = new CheckpointStore(store(), run, ownership, Retention.DEFAULT);
        RunIdentity identity = new RunIdentity(23, 3, 4, "every 3", "data", "network", "recipe");
        return new TrainingLoop(
                        runner,
                        PLAN,
                        new CheckpointPlan(checkpoints, identity, List.of(), 3),
                        Optional.empty(),
                        List.of(listener),
                        () -> false)
                .run();
    }

    private FileStore store() {
        return TrainedRun.STORES.of(Location.parse(folder.toString()));
    }

    private static List<ProcessHandle> executors() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .toList();
    }

    private TrainedRun inProcess() {
        try (InProcessRoundRunner runner = new InProcessRoundRunner(KIT, PLAN, 1, TrainedRun.STORES)) {
            return TrainedRun.of(runner, PLAN, folder);
        }
    }

    private static SparkRoundRunner sparkRunner() {
        return new SparkRoundRunner(spark, StorageAccess.of(new Configuration()), "run-2", KIT, PLAN);
    }
}
