package dev.convoke.spark.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.spark.SharedSpark;
import dev.convoke.spark.dl4j.TrainedMinibatches.Trained;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.DroppedDataException;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.InvalidSettingsException;
import dev.convoke.training.LearningRate;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.TrainingSettings;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.BroadcastBlockId;
import org.awaitility.Awaitility;
import org.deeplearning4j.spark.api.worker.NetBroadcastTuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.collection.JavaConverters;

/** DL4J's own master under our plan: the same examples, the same rates, nothing dropped, nothing left behind. */
class Dl4jRoundRunnerTest {

    private static final JavaSparkContext SPARK = SharedSpark.local();
    private static final TinyKit KIT = new TinyKit(List.of(17, 30, 8, 22, 19), 4);
    private static final int EXAMPLES = 96;

    @TempDir
    Path folder;

    @Test
    void oneWorkerTrainsWhatOurOwnMasterTrains() {
        RunPlan plan = plan(1, Averaging.every(5));

        TrainedRun ours = inProcess(plan, "ours");
        TrainedRun theirs = byDl4j(plan, "theirs");

        assertClose(theirs.state(), ours.state());
    }

    @Test
    void workersWithEqualSharesAverageToTheSame() {
        RunPlan plan = plan(3, Averaging.every(3));

        TrainedRun ours = inProcess(plan, "ours");
        TrainedRun theirs = byDl4j(plan, "theirs");

        assertClose(theirs.state(), ours.state());
    }

    @Test
    void momentumThatIsResetStartsEveryRoundAtRest() {
        RunPlan plan = plan(2, new Averaging(AveragingSchedule.every(4), UpdaterPolicy.RESET, OuterOptimizer.NONE));

        TrainedRun ours = inProcess(plan, "ours");
        TrainedRun theirs = byDl4j(plan, "theirs");

        assertClose(theirs.state(), ours.state());
    }

    @Test
    void aRoundReportsEveryExampleAndLeavesNoBlockBehind() {
        RunPlan plan = plan(2, Averaging.every(2));
        int blocksBefore = SPARK.getPersistentRDDs().size();
        try (Dl4jRoundRunner runner = runner(KIT, plan)) {
            RoundResult result = runner.run(plan.round(0), runner.start());

            assertThat(result.workers().stream().mapToLong(WorkerReport::examples))
                    .containsExactly(8L, 8L);
            assertThat(result.workers().get(0).lossSum() / 8).isBetween(0.1, 3.0);
        }
        assertThat(SPARK.getPersistentRDDs()).hasSize(blocksBefore);
    }

    @Test
    void aShortLastBatchAndAWorkerWithoutExamplesTrainWhatOurOwnMasterTrains() {
        // Nine examples: four for worker 0, five for worker 1, which trains the last one alone.
        TinyKit nine = new TinyKit(List.of(5, 4), 4);
        RunPlan plan = new RunPlan(plan(2, Averaging.every(1)).settings(), 9);
        assertThat(plan.round(1).shares()).extracting(Round.Share::examples).containsExactly(0L, 1L);

        TrainedRun ours;
        try (InProcessRoundRunner runner = new InProcessRoundRunner(nine, plan, 1, TrainedRun.STORES)) {
            ours = TrainedRun.of(runner, plan, folder.resolve("ours"));
        }
        TrainedRun theirs;
        try (Dl4jRoundRunner runner = runner(nine, plan)) {
            theirs = TrainedRun.of(runner, plan, folder.resolve("theirs"));
        }

        assertClose(theirs.state(), ours.state());
    }

    @Test
    void aStateThatIsNotFiniteIsBlamedOnDl4jsMaster() {
        RunPlan plan = plan(2, Averaging.every(2), 1e300);

        try (Dl4jRoundRunner runner = runner(KIT, plan)) {
            RunState start = runner.start();

            assertThatThrownBy(() -> runner.run(plan.round(0), start))
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("DL4J's master gives a state that is not finite")
                    .hasMessageContaining("after round 0: lower the learning rate");
        }
    }

    @Test
    void noNetworkThatWasSentStaysBehindAlsoIfARoundFails() {
        RunPlan plan = plan(2, Averaging.every(2));
        RunPlan failing = plan(2, Averaging.every(2), 1e300);
        try (Dl4jRoundRunner runner = runner(KIT, plan)) {
            RunState first = runner.run(plan.round(0), runner.start()).state();
            runner.run(plan.round(1), first);
        }
        try (Dl4jRoundRunner runner = runner(KIT, failing)) {
            RunState start = runner.start();
            assertThatThrownBy(() -> runner.run(failing.round(0), start))
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("is not finite");
        }

        Awaitility.await()
                .untilAsserted(() -> assertThat(sentToExecutors()).noneMatch(NetBroadcastTuple.class::isInstance));
    }

    /** Returns the values of all broadcasts that are still somewhere. */
    private static List<Object> sentToExecutors() {
        BlockManager blocks = SparkEnv.get().blockManager();
        List<Object> values = new ArrayList<>();
        JavaConverters.seqAsJavaList(blocks.getMatchingBlockIds(id -> id instanceof BroadcastBlockId broadcast
                        && broadcast.field().isEmpty()))
                .forEach(id -> {
                    Option<BlockResult> value = blocks.getLocalValues(id);
                    // To the end: that gives back the lock on the block.
                    value.foreach(found -> {
                        JavaConverters.asJavaIterator(found.data()).forEachRemaining(values::add);
                        return null;
                    });
                });
        return values;
    }

    @Test
    void aMinibatchThatDl4jDropsIsNoticed() {
        Round round = plan(2, Averaging.every(2)).round(0);
        List<Trained> notes = List.of(
                new Trained(0, 0, 4, 1.0),
                new Trained(0, 1, 4, 1.0),
                new Trained(1, 0, 4, 1.0),
                new Trained(1, 0, 4, 1.0));

        assertThatThrownBy(() -> Dl4jRoundRunner.reports(round, notes))
                .isInstanceOf(DroppedDataException.class)
                .hasMessageContaining("trained 4 examples of worker 1 in round 0, planned were 8")
                .hasMessageContaining("averaging.master: convoke");
    }

    @Test
    void anOuterOptimizerIsRefused() {
        RunPlan plan =
                plan(2, new Averaging(AveragingSchedule.every(4), UpdaterPolicy.AVERAGE, new OuterOptimizer(1, 0.5)));

        assertThatThrownBy(() -> runner(KIT, plan))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("DL4J's master has no outer optimizer");
    }

    private TrainedRun inProcess(RunPlan plan, String name) {
        try (InProcessRoundRunner runner = new InProcessRoundRunner(KIT, plan, 1, TrainedRun.STORES)) {
            return TrainedRun.of(runner, plan, folder.resolve(name));
        }
    }

    private TrainedRun byDl4j(RunPlan plan, String name) {
        try (Dl4jRoundRunner runner = runner(KIT, plan)) {
            return TrainedRun.of(runner, plan, folder.resolve(name));
        }
    }

    private static Dl4jRoundRunner runner(TinyKit kit, RunPlan plan) {
        return new Dl4jRoundRunner(SPARK, TrainedRun.STORES, kit, kit.configuration(), plan);
    }

    private static RunPlan plan(int workers, Averaging averaging) {
        return plan(workers, averaging, 0.1);
    }

    private static RunPlan plan(int workers, Averaging averaging, double rate) {
        return new RunPlan(
                new TrainingSettings(7, workers, 4, 2, averaging, LearningRate.cosine(rate, 1), 0.1, 20), EXAMPLES);
    }

    private static void assertClose(FloatBuffer actual, FloatBuffer expected) {
        assertThat(actual.remaining()).isEqualTo(expected.remaining());
        for (int i = 0; i < expected.remaining(); i++) {
            assertThat(actual.get(i)).as("value %d", i).isCloseTo(expected.get(i), within(2e-6f));
        }
    }
}
