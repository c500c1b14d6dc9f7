package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.spark.SharedSpark;
import dev.convoke.spark.StorageAccess;
import dev.convoke.training.Averaging;
import dev.convoke.training.FakeKit;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainingSettings;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stays on executors between rounds, and for whom. */
class ResidencyTest {

    private static final JavaSparkContext SPARK = SharedSpark.local();
    private static final FakeKit KIT = new FakeKit(List.of(40, 40), SoftmaxReplica.Options.MOMENTUM);
    private static final int WORKERS = 3;
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(23, WORKERS, 4, 3, Averaging.every(2), LearningRate.constant(0.1), 0, 20), 80);

    @TempDir
    Path folder;

    @Test
    void tenRoundsOpenNoMoreThanTheFirst() {
        CountingKit kit = new CountingKit(KIT, folder.toString());

        try (SparkRoundRunner runner = runner("run#1.0", kit)) {
            train(runner, 10);
        }

        assertThat(kit.replicas()).isLessThanOrEqualTo(WORKERS);
        assertThat(kit.examplesOpened()).isEqualTo(WORKERS);
        assertThat(kit.loaders()).isEqualTo(WORKERS);
    }

    @Test
    void aNewOwnerOpensEverythingAnewAlsoWhileTheOldOneIsThere() {
        CountingKit kit = new CountingKit(KIT, folder.toString());

        try (SparkRoundRunner old = runner("run#1.0", kit)) {
            train(old, 2);
            long replicas = kit.replicas();
            try (SparkRoundRunner taker = runner("run#2.0", kit)) {
                train(taker, 2);
            }

            assertThat(kit.replicas()).isGreaterThan(replicas);
            assertThat(kit.examplesOpened()).isEqualTo(2 * WORKERS);
            assertThat(kit.loaders()).isEqualTo(2 * WORKERS);
        }
    }

    private static void train(SparkRoundRunner runner, int rounds) {
        RunState state = runner.start();
        for (int round = 0; round < rounds; round++) {
            RunState next = runner.run(PLAN.round(round), state).state();
            runner.release(state);
            state = next;
        }
        runner.release(state);
    }

    private static SparkRoundRunner runner(String key, CountingKit kit) {
        return new SparkRoundRunner(SPARK, StorageAccess.of(new Configuration()), key, kit, PLAN);
    }
}
