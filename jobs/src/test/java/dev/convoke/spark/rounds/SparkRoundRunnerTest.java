package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.spark.MixedBuildsException;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.Exchange;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.FakeKit;
import dev.convoke.training.FeedSettings;
import dev.convoke.training.FeedSettings.Sampling;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.LearningRate;
import dev.convoke.training.Round;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.StateLostException;
import dev.convoke.training.StateVector;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.WorkerKit;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

class SparkRoundRunnerTest {

    private static final List<Integer> SIZES = List.of(17, 30, 8, 22, 25);
    private static final StorageAccess STORAGE = StorageAccess.of(new Configuration());
    private static final FakeKit KIT = new FakeKit(SIZES, SoftmaxReplica.Options.MOMENTUM);
    private static final Averaging RESET =
            new Averaging(AveragingSchedule.every(3), UpdaterPolicy.RESET, OuterOptimizer.NONE);
    private static final Averaging OUTER =
            new Averaging(AveragingSchedule.every(2), UpdaterPolicy.RESET, new OuterOptimizer(0.7, 0.9));

    private static final Averaging INT8 =
            new Averaging(AveragingSchedule.every(2), UpdaterPolicy.RESET, new OuterOptimizer(0.7, 0.9), Exchange.INT8);
    private static final Averaging BFLOAT16 =
            new Averaging(AveragingSchedule.every(3), UpdaterPolicy.RESET, OuterOptimizer.NONE, Exchange.BFLOAT16);

    private static JavaSparkContext spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = new JavaSparkContext(new SparkConf()
                .setMaster("local[4,4]")
                .setAppName("rounds")
                .set("spark.task.cpus", "2") // owners of several slices average two at a time
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void sparkEqualsOneProcessToTheBitForAnyNumberOfWorkers() {
        for (int workers : new int[] {1, 2, 3, 7}) {
            RunPlan plan = plan(workers, Averaging.every(3), 0.3);

            assertThat(onSpark(KIT, plan)).as(workers + " workers").isEqualTo(inProcess(KIT, plan));
        }
    }

    @Test
    void anExecutorOfAnotherBuildIsRefusedByBothNames() {
        RunPlan plan = plan(2, Averaging.every(3), 0.1);
        RunContext foreign = new RunContext("run", "0.0.9 (commit a)", KIT, plan.settings(), plan.examples());

        assertThatThrownBy(() -> ReplicaCache.of(foreign))
                .isInstanceOf(MixedBuildsException.class)
                .hasMessageContaining("0.0.9 (commit a)")
                .hasMessageContaining(BuildInfo.current().toString())
                .hasMessageContaining("CONVOKE_APP");
    }

    @Test
    void sparkEqualsOneProcessWithAnOuterOptimizer() {
        RunPlan plan = plan(3, OUTER, 0.1);

        assertThat(onSpark(KIT, plan)).isEqualTo(inProcess(KIT, plan));
    }

    @Test
    void sparkEqualsOneProcessWithRoundedResults() {
        for (Averaging averaging : List.of(INT8, BFLOAT16)) {
            for (int workers : new int[] {1, 3}) {
                RunPlan plan = plan(workers, averaging, 0.1);

                assertThat(onSpark(KIT, plan)).as("%s", averaging).isEqualTo(inProcess(KIT, plan));
            }
        }
    }

    @Test
    void idleWorkersHandOnWhatRoundingLost() {
        // Seven rounds an epoch; workers 2 to 4 have nothing to do in the last of them.
        RunPlan plan = plan(
                5,
                new Averaging(AveragingSchedule.every(1), UpdaterPolicy.RESET, OuterOptimizer.NONE, Exchange.INT8),
                0.1);
        assertThat(plan.rounds(0).stream().flatMap(round -> round.shares().stream()))
                .anyMatch(share -> share.minibatches() == 0);

        assertThat(onSpark(KIT, plan)).isEqualTo(inProcess(KIT, plan));
    }

    @Test
    void momentumThatIsResetHasNoBlocksAndTheBytesAreThoseOfOneProcess() {
        RunPlan plan = plan(3, RESET, 0.1);
        StateVector vector = new StateVector(KIT.layout(), RESET, 3);

        assertThat(onSpark(KIT, plan)).isEqualTo(inProcess(KIT, plan));

        try (SparkRoundRunner runner = runner(KIT, plan)) {
            RunState start = runner.start();
            RunState state = runner.run(plan.round(0), start).state();
            assertThat(blocks(state))
                    .hasSize((int) vector.slices(3).stream()
                            .filter(vector::isParameters)
                            .count())
                    .hasSizeLessThan(blocks(start).size());
            runner.release(start);
            runner.release(state);
        }
    }

    @Test
    void momentumOfACheckpointIsTrainedWithEvenIfItIsResetFromThenOn() {
        Location checkpoint = Location.parse(folder.resolve("checkpoint").toString());
        RunPlan averaging = plan(3, Averaging.every(3), 0.1);
        RunPlan resetting = plan(3, RESET, 0.1);
        List<SliceEntry> entries;
        try (SparkRoundRunner runner = runner(KIT, averaging)) {
            entries = runner.save(runner.run(averaging.round(0), runner.start()).state(), checkpoint)
                    .slices();
        }

        try (SparkRoundRunner onSpark = runner(KIT, resetting);
                InProcessRoundRunner inProcess = new InProcessRoundRunner(KIT, resetting, 1, TrainedRun.STORES)) {
            TrainedRun there = TrainedRun.from(onSpark, resetting, onSpark.restore(checkpoint, entries, 1), folder);
            TrainedRun here = TrainedRun.from(inProcess, resetting, inProcess.restore(checkpoint, entries, 1), folder);

            assertThat(there).isEqualTo(here);
        }
    }

    @Test
    void moreWorkersThanExamplesAreNoProblem() {
        FakeKit few = new FakeKit(List.of(2, 1), SoftmaxReplica.Options.PLAIN);
        RunPlan plan = new RunPlan(plan(5, Averaging.every(3), 0.3).settings(), 3);

        assertThat(onSpark(few, plan)).isEqualTo(inProcess(few, plan));
    }

    @Test
    void failingAttemptsGiveTheSameBits() {
        RunPlan plan = plan(3, Averaging.every(3), 0.3);

        assertThat(onSpark(FlakyKit.everyFewSteps(KIT, 9, 1), plan)).isEqualTo(inProcess(KIT, plan));
    }

    /** Three by default; {@code -Dconvoke.drill.runs=100} for the drill. */
    @Test
    void howeverOftenARunIsDisturbedItEndsInTheSameBytes() throws TimeoutException {
        FailedAttempts counted = new FailedAttempts();
        spark.sc().addSparkListener(counted);
        for (Averaging averaging : List.of(OUTER, INT8)) {
            RunPlan plan = plan(3, averaging, 0.1);
            TrainedRun undisturbed = inProcess(KIT, plan);

            for (int run = 0; run < Integer.getInteger("convoke.drill.runs", 3); run++) {
                long failedBefore = counted.soFar(spark);
                assertThat(onSpark(FlakyKit.everyFewSteps(KIT, 4 + run % 5, run), plan))
                        .as("run %d", run)
                        .isEqualTo(undisturbed);
                assertThat(counted.soFar(spark)).as("run %d", run).isGreaterThan(failedBefore);
            }
        }
    }

    @Test
    void continuingFromACheckpointEqualsNeverHavingStopped() {
        continuesToTheSameBytes(KIT, OUTER, 1);
    }

    @Test
    void whatRoundingLostIsPartOfACheckpoint() {
        continuesToTheSameBytes(KIT, INT8, 1);
    }

    @Test
    void aBalancedEpochMixedAndWeighedByClassGoesOnInTheMiddle() {
        FeedSettings feed = new FeedSettings(2, 3, Sampling.BALANCED, 0.4, List.of(0.5, 1.0, 2.5));
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.MOMENTUM, feed);
        int middle = plan(3, OUTER, 0.1).roundsBefore(1) + 2;

        TrainedRun whole = continuesToTheSameBytes(kit, OUTER, middle);

        assertThat(whole.state())
                .isNotEqualTo(inProcess(KIT, plan(3, OUTER, 0.1)).state());
    }

    private TrainedRun continuesToTheSameBytes(FakeKit kit, Averaging averaging, int stop) {
        RunPlan plan = plan(3, averaging, 0.1);
        TrainedRun whole = inProcess(kit, plan);
        Location checkpoint = Location.parse(folder.resolve("checkpoint").toString());
        List<SliceEntry> entries;
        try (SparkRoundRunner runner = runner(kit, plan)) {
            RunState state = runner.start();
            for (int round = 0; round < stop; round++) {
                state = runner.run(plan.round(round), state).state();
            }
            entries = runner.save(state, checkpoint).slices();
        }

        try (SparkRoundRunner runner = runner(kit, plan)) {
            TrainedRun rest = TrainedRun.from(runner, plan, runner.restore(checkpoint, entries, stop), folder);

            assertThat(rest.state()).isEqualTo(whole.state());
            assertThat(rest.rounds())
                    .isEqualTo(whole.rounds().subList(stop, whole.rounds().size()));
        }
        return whole;
    }

    @Test
    void aDivergingWorkerIsNamedAndNotRetried() {
        RunPlan plan = plan(2, Averaging.every(3), 1e38);
        try (SparkRoundRunner runner = runner(KIT, plan)) {
            RunState start = runner.start();

            assertThatThrownBy(() -> runner.run(plan.rounds(0).get(0), start))
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("Worker 0")
                    .hasMessageContaining("lower the learning rate");
        }
    }

    @Test
    void aReleasedStateIsReportedAsLost() {
        RunPlan plan = plan(2, Averaging.every(3), 0.1);
        try (SparkRoundRunner runner = runner(KIT, plan)) {
            RunState start = runner.start();
            ((SparkRunState) start).spaces().get(0).unpersist(true);

            assertThatThrownBy(() -> runner.run(plan.rounds(0).get(0), start))
                    .isInstanceOf(StateLostException.class)
                    .hasMessageContaining("continue from");
            assertThatThrownBy(() -> runner.save(start, Location.parse(folder.toString())))
                    .isInstanceOf(StateLostException.class)
                    .hasMessageContaining("continue from");
        }
    }

    @Test
    void onlyTheLivingStateOccupiesBlocks() {
        RunPlan plan = plan(3, INT8, 0.1);
        try (SparkRoundRunner runner = runner(KIT, plan)) {
            RunState state = runner.start();
            for (int epoch = 0; epoch < 3; epoch++) {
                for (Round round : plan.rounds(epoch)) {
                    RunState next = runner.run(round, state).state();
                    runner.release(state);
                    state = next;
                }
            }
            List<Integer> living = ((SparkRunState) state)
                    .spaces().stream().map(space -> space.id()).toList();
            assertThat(living).hasSize(2);

            Awaitility.await()
                    .untilAsserted(() -> assertThat(blockSpaces()).containsExactlyInAnyOrderElementsOf(living));
            runner.release(state);
            Awaitility.await().untilAsserted(() -> assertThat(blockSpaces()).isEmpty());
        }
    }

    private static List<Integer> blocks(RunState state) {
        int space = ((SparkRunState) state).spaces().get(0).id();
        return JavaConverters.seqAsJavaList(SparkEnv.get().blockManager().getMatchingBlockIds(id -> id.isRDD()))
                .stream()
                .map(id -> id.asRDDId().get())
                .filter(id -> id.rddId() == space)
                .map(id -> id.splitIndex())
                .toList();
    }

    private static List<Integer> blockSpaces() {
        return JavaConverters.seqAsJavaList(SparkEnv.get().blockManager().getMatchingBlockIds(id -> id.isRDD()))
                .stream()
                .map(id -> id.asRDDId().get().rddId())
                .distinct()
                .toList();
    }

    private TrainedRun onSpark(WorkerKit kit, RunPlan plan) {
        try (SparkRoundRunner runner = runner(kit, plan)) {
            return TrainedRun.of(runner, plan, folder);
        }
    }

    private TrainedRun inProcess(WorkerKit kit, RunPlan plan) {
        try (InProcessRoundRunner runner = new InProcessRoundRunner(kit, plan, 1, TrainedRun.STORES)) {
            return TrainedRun.of(runner, plan, folder);
        }
    }

    private static SparkRoundRunner runner(WorkerKit kit, RunPlan plan) {
        return new SparkRoundRunner(spark, STORAGE, "run-1", kit, plan);
    }

    private static RunPlan plan(int workers, Averaging averaging, double rate) {
        TrainingSettings settings =
                new TrainingSettings(23, workers, 4, 3, averaging, LearningRate.cosine(rate, 1), 0.1, 20);
        return new RunPlan(
                settings, SIZES.stream().mapToLong(Integer::longValue).sum());
    }
}
