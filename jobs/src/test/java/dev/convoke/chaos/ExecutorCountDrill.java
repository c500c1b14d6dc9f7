package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import dev.convoke.training.TrainingSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One run of eight workers on clusters of 1, 2, 3, 4 and 8 executors in turn; part of {@code mvn -Pchaos verify}. */
class ExecutorCountDrill {

    private static final int ROUNDS_EACH = 3;
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(
                    23,
                    8,
                    4,
                    6,
                    new Averaging(AveragingSchedule.every(1), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                    LearningRate.cosine(0.1, 1),
                    0.1,
                    20),
            102);

    @TempDir
    private Path folder;

    /** Stops a run after a few rounds. */
    private static final class Few implements RoundListener {

        private int done;

        @Override
        public void roundDone(RoundSummary summary) {
            done++;
        }
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void aRunThatGoesOnWithOtherNumbersOfExecutorsEndsInTheBytesOfOneProcess() throws Exception {
        TrainingOutcome whole;
        try (InProcessRoundRunner runner = new InProcessRoundRunner(DisturbedRun.KIT, PLAN, 1, TrainedRun.STORES)) {
            whole = goOn(runner, "whole", Integer.MAX_VALUE);
        }

        TrainingOutcome outcome = null;
        for (int executors : new int[] {1, 2, 3, 4, 8}) {
            SparkConf cluster = new SparkConf(false)
                    .set("spark.master", "local-cluster[" + executors + ",1,1024]")
                    .set("spark.scheduler.minRegisteredResourcesRatio", "1.0")
                    .set("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s")
                    .set("spark.network.timeout", "60s")
                    .set("spark.storage.blockManagerHeartbeatTimeoutMs", "60000");
            try (JavaSparkContext spark = DisturbedRun.spark(cluster);
                    SparkRoundRunner runner = new SparkRoundRunner(
                            spark, StorageAccess.of(new Configuration()), "on-" + executors, DisturbedRun.KIT, PLAN)) {
                outcome = goOn(runner, "moving", executors == 8 ? Integer.MAX_VALUE : ROUNDS_EACH);
                assertThat(spark.sc().statusTracker().getExecutorInfos())
                        .as("executors and the driver")
                        .hasSize(executors + 1);
            }
        }

        assertThat(outcome).isNotNull();
        assertThat(outcome.checkpoint().header().roundsDone()).isEqualTo(PLAN.roundCount());
        assertThat(TrainingProcess.digest(outcome.checkpoint())).isEqualTo(TrainingProcess.digest(whole.checkpoint()));
    }

    private TrainingOutcome goOn(RoundRunner runner, String name, int rounds) {
        LocalFileStore store = new LocalFileStore();
        Location run = Location.parse(folder.resolve(name).toString());
        RunOwnership ownership = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD);
        CheckpointStore checkpoints = new CheckpointStore(store, run, ownership, Retention.DEFAULT);
        RunIdentity identity = new RunIdentity(23, 8, 4, "every 1", "data", "network", "recipe");
        Few few = new Few();
        try {
            return new TrainingLoop(
                            runner,
                            PLAN,
                            new CheckpointPlan(checkpoints, identity, List.of(), 2),
                            checkpoints.recover().newest(),
                            List.of(few),
                            () -> few.done >= rounds)
                    .run();
        } finally {
            ownership.release();
        }
    }
}
