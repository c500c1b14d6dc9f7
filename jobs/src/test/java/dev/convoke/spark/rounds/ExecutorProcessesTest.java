package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.Exchange;
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
import dev.convoke.training.RunState;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.StateRestore;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.UnacceptableResultException;
import dev.convoke.training.WorkerKit;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Tuple2;
import scala.reflect.ClassTag;

/** Executors as processes of their own: state really moves between them, and they can be killed. */
class ExecutorProcessesTest {

    private static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);
    private static final OuterOptimizer OUTER = new OuterOptimizer(0.9, 0.5);
    private static final RunPlan PLAN = plan(new Averaging(AveragingSchedule.every(3), UpdaterPolicy.AVERAGE, OUTER));
    private static final RunPlan ROUNDED =
            plan(new Averaging(AveragingSchedule.every(3), UpdaterPolicy.RESET, OUTER, Exchange.INT8));

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
                .set("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
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
        assertThatKillingChangesNothing(PLAN);
    }

    @Test
    void whatRoundingLostAndAKilledExecutorHadIsThatOfTheLastCheckpoint() {
        assertThatKillingChangesNothing(ROUNDED);
    }

    private void assertThatKillingChangesNothing(RunPlan plan) {
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
        try (SparkRoundRunner runner = sparkRunner(KIT, plan)) {
            outcome = train(runner, plan, killer);
        }

        FloatBuffer state = FloatBuffer.allocate(outcome.checkpoint().valueCount());
        StateRestore.read(
                store(),
                outcome.checkpoint().folder(),
                outcome.checkpoint().slices(),
                List.of(new StateRestore.Part(0, state)));
        assertThat(state).isEqualTo(inProcess(plan).state());
    }

    @Test
    void momentumThatIsResetDoesNotTravel() {
        assertThat(1.5 * bytesOfTheSecondRound(UpdaterPolicy.RESET))
                .isLessThan(bytesOfTheSecondRound(UpdaterPolicy.AVERAGE));
    }

    @Test
    void roundedResultsAreFewerBytes() {
        double whole = bytesOfTheSecondRound(UpdaterPolicy.RESET, Exchange.FLOAT32);

        double half = bytesOfTheSecondRound(UpdaterPolicy.RESET, Exchange.BFLOAT16);

        // Averages travel as they are.
        assertThat(half).isLessThan(0.9 * whole);
        assertThat(bytesOfTheSecondRound(UpdaterPolicy.RESET, Exchange.INT8)).isLessThan(half);
    }

    private static double bytesOfTheSecondRound(UpdaterPolicy updater) {
        return bytesOfTheSecondRound(updater, Exchange.FLOAT32);
    }

    private static double bytesOfTheSecondRound(UpdaterPolicy updater, Exchange exchange) {
        Averaging averaging = new Averaging(AveragingSchedule.every(3), updater, OuterOptimizer.NONE, exchange);
        RunPlan plan = plan(averaging);
        try (SparkRoundRunner runner =
                new SparkRoundRunner(spark, StorageAccess.of(new Configuration()), "moved " + averaging, KIT, plan)) {
            RunState first = runner.run(plan.round(0), runner.start()).state();
            return runner.run(plan.round(1), first).bytesMoved();
        }
    }

    @Test
    void whatTheDriverReceivesDoesNotGrowWithTheState() throws TimeoutException {
        long ofOneMegabyte = bytesThatThreeRoundsReturn(1 << 18);

        long ofTwentyMegabytes = bytesThatThreeRoundsReturn(20 << 18);

        assertThat(ofOneMegabyte).isPositive();
        assertThat(ofTwentyMegabytes).isCloseTo(ofOneMegabyte, within(3 * 100L * 1024));
    }

    private static long bytesThatThreeRoundsReturn(int values) throws TimeoutException {
        LongAdder bytes = new LongAdder();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                bytes.add(end.taskMetrics().resultSize());
            }
        };
        spark.sc().listenerBus().waitUntilEmpty();
        spark.sc().addSparkListener(listener);
        try (SparkRoundRunner runner = sparkRunner(new StateOnlyKit(KIT, values), PLAN)) {
            runner.release(afterRounds(runner, runner.start(), 3));
        }
        spark.sc().listenerBus().waitUntilEmpty();
        spark.sc().removeSparkListener(listener);
        return bytes.sum();
    }

    @Test
    void aResultOfTheWrongLengthIsRefusedByItsWorkerAlsoIfItComesFromElsewhere() {
        FlakyKit bad = new FlakyKit(
                KIT, new ResultChange(2, folder.resolve("shortened").toString(), true));

        try (SparkRoundRunner runner = sparkRunner(bad, PLAN)) {
            RunState start = runner.start();

            assertThatThrownBy(() -> runner.run(PLAN.round(0), start))
                    .isInstanceOf(UnacceptableResultException.class)
                    .hasMessageMatching(
                            "Slice 1 of worker [01]'s result in round 0 is wrong: .* bytes, planned were .*");
        }
    }

    /** Thirty rounds by default; {@code -Dconvoke.drill.rounds=500} for the drill. */
    @Test
    void manyRoundsLeaveHeapOffHeapAndDiskAsTheyWereAfterTen() {
        try (SparkRoundRunner runner = sparkRunner(KIT, PLAN)) {
            RunState state = afterRounds(runner, runner.start(), 10);
            List<long[]> before = occupied();
            state = afterRounds(runner, state, Integer.getInteger("convoke.drill.rounds", 30));

            RunState last = state;
            Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                List<long[]> after = occupied();
                assertThat(after).hasSameSizeAs(before);
                for (int executor = 0; executor < after.size(); executor++) {
                    assertThat(after.get(executor)[0]).as("heap").isLessThan(before.get(executor)[0] + (8L << 20));
                    assertThat(after.get(executor)[1])
                            .as("blocks outside the heap")
                            .isLessThanOrEqualTo(before.get(executor)[1]);
                    assertThat(after.get(executor)[2]).as("files").isLessThanOrEqualTo(before.get(executor)[2] + 4);
                }
            });
            runner.release(last);
        }
    }

    /** Always the first round, from the newest state: the loop's bookkeeping is not what is tested. */
    private static RunState afterRounds(SparkRoundRunner runner, RunState start, int rounds) {
        RunState state = start;
        for (int i = 0; i < rounds; i++) {
            RunState next = runner.run(PLAN.round(0), state).state();
            runner.release(state);
            state = next;
        }
        return state;
    }

    /** Returns used heap, bytes of blocks outside the heap and files of each executor, in the order of their names. */
    private static List<long[]> occupied() {
        PlacedRdd<Integer> onEach =
                new PlacedRdd<>(spark.parallelize(List.of(1, 2), 2).rdd(), new Placement().places(2));
        return JavaRDD.fromRDD(onEach, ClassTag.<Integer>apply(Object.class))
                .mapToPair(task -> {
                    System.gc();
                    Runtime runtime = Runtime.getRuntime();
                    SparkEnv env = SparkEnv.get();
                    return new Tuple2<>(env.executorId(), new long[] {
                        runtime.totalMemory() - runtime.freeMemory(),
                        env.memoryManager().offHeapStorageMemoryUsed(),
                        env.blockManager().diskBlockManager().getAllFiles().size()
                    });
                })
                .collect()
                .stream()
                .sorted(Comparator.comparing(Tuple2::_1))
                .map(Tuple2::_2)
                .toList();
    }

    private TrainingOutcome train(RoundRunner runner, RunPlan plan, RoundListener listener) {
        Location run = Location.parse(folder.resolve("run").toString());
        RunOwnership ownership = RunOwnership.acquire(store(), run, Takeover.FROM_THE_DEAD);
        CheckpointStore checkpoints = new CheckpointStore(store(), run, ownership, Retention.DEFAULT);
        RunIdentity identity = new RunIdentity(23, 3, 4, "every 3", "data", "network", "recipe");
        return new TrainingLoop(
                        runner,
                        plan,
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

    private TrainedRun inProcess(RunPlan plan) {
        try (InProcessRoundRunner runner = new InProcessRoundRunner(KIT, plan, 1, TrainedRun.STORES)) {
            return TrainedRun.of(runner, plan, folder);
        }
    }

    private static SparkRoundRunner sparkRunner(WorkerKit kit, RunPlan plan) {
        return new SparkRoundRunner(spark, StorageAccess.of(new Configuration()), "run-2", kit, plan);
    }

    private static RunPlan plan(Averaging averaging) {
        return new RunPlan(new TrainingSettings(23, 3, 4, 2, averaging, LearningRate.cosine(0.1, 1), 0.1, 20), 102);
    }
}
