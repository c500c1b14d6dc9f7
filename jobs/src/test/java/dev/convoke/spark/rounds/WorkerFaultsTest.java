package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Replica.StepResult;
import dev.convoke.spark.SharedSpark;
import dev.convoke.spark.StorageAccess;
import dev.convoke.training.Averaging;
import dev.convoke.training.FakeKit;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingDivergedException;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.UnacceptableResultException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes of a worker's result that is wrong or lost. */
class WorkerFaultsTest {

    private static final JavaSparkContext SPARK = SharedSpark.local();
    private static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(23, 3, 4, 2, Averaging.every(3), LearningRate.cosine(0.1, 1), 0.1, 20), 102);

    @TempDir
    Path folder;

    @Test
    void aStateThatIsNotFiniteIsRefusedByItsWorkerAlsoIfTheLossIsFinite() {
        // The losses do not depend on the last value of the parameters, a variance.
        int variance = KIT.layout().parameterCount() - 1;
        FlakyKit bad = new FlakyKit(KIT, (replica, step, result) -> {
            if (TaskContext.getPartitionId() == 1) {
                replica.writeState(variance, FloatBuffer.wrap(new float[] {Float.NaN}));
            }
            return result;
        });

        assertThatThrownBy(() -> firstRound(bad))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining("Worker 1 has a state that is not finite (value " + variance + ") after round 0")
                .hasMessageContaining("lower the learning rate");
    }

    @Test
    void aResultOfTooFewExamplesIsRefusedByItsWorker() {
        FlakyKit bad = new FlakyKit(
                KIT,
                (replica, step, result) -> TaskContext.getPartitionId() == 1
                        ? new StepResult(result.examples() - 1, result.lossSum(), result.correct())
                        : result);
        long planned = PLAN.round(0).shares().get(1).examples();

        assertThatThrownBy(() -> firstRound(bad))
                .isInstanceOf(UnacceptableResultException.class)
                .hasMessageContaining("Worker 1 trained %d examples in round 0, planned were %d", planned - 3, planned);
    }

    @Test
    void aResultThatIsLostBeforeItIsAveragedIsTrainedAgainToTheSameBytes() {
        Path done = folder.resolve("lost");
        FlakyKit losing = new FlakyKit(KIT, new ResultChange(2, done.toString(), false));

        TrainedRun disturbed;
        try (SparkRoundRunner runner = runner(losing)) {
            disturbed = TrainedRun.of(runner, PLAN, folder);
        }

        assertThat(done).exists();
        try (InProcessRoundRunner runner = new InProcessRoundRunner(KIT, PLAN, 1, TrainedRun.STORES)) {
            assertThat(disturbed).isEqualTo(TrainedRun.of(runner, PLAN, folder));
        }
    }

    @Test
    void aResultOfTheWrongLengthIsRefusedByItsWorkerAndLength() {
        FlakyKit bad = new FlakyKit(
                KIT, new ResultChange(2, folder.resolve("shortened").toString(), true));
        int planned = KIT.layout().updaterStateCount() * Float.BYTES;

        assertThatThrownBy(() -> firstRound(bad))
                .isInstanceOf(UnacceptableResultException.class)
                .hasMessageMatching(
                        "Slice 1 of worker [01]'s result in round 0 is wrong: it has " + (planned - Float.BYTES)
                                + " bytes, planned were " + planned + " .*run the same command again.*");
    }

    private static void firstRound(FlakyKit kit) {
        try (SparkRoundRunner runner = runner(kit)) {
            runner.run(PLAN.round(0), runner.start());
        }
    }

    private static SparkRoundRunner runner(FlakyKit kit) {
        return new SparkRoundRunner(SPARK, StorageAccess.of(new Configuration()), "run", kit, PLAN);
    }
}
