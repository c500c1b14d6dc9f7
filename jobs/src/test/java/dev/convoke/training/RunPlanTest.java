package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.training.AveragingSchedule.Kind;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunPlanTest {

    private static final LearningRate RATE = LearningRate.cosine(0.1, 1);

    @Test
    void everyMinibatchOfEveryWorkerIsPlannedOnceForAnySizes() {
        Random random = new Random(7);
        for (int trial = 0; trial < 2000; trial++) {
            int examples = 1 + random.nextInt(trial % 2 == 0 ? 12 : 5000);
            TrainingSettings settings = settings(
                    1 + random.nextInt(9), 1 + random.nextInt(40), AveragingSchedule.every(1 + random.nextInt(20)));
            RunPlan plan = new RunPlan(settings, examples);

            long[] trained = new long[settings.workers()];
            int[] next = new int[settings.workers()];
            for (Round round : plan.rounds(1)) {
                assertThat(round.shares()).hasSize(settings.workers());
                for (Round.Share share : round.shares()) {
                    assertThat(share.firstMinibatch()).isEqualTo(next[share.worker()]);
                    assertThat(share.minibatches())
                            .isLessThanOrEqualTo(settings.averaging().schedule().at(1, 0.1));
                    assertThat(share.examples() == 0).isEqualTo(share.minibatches() == 0);
                    next[share.worker()] += share.minibatches();
                    trained[share.worker()] += share.examples();
                }
                assertThat(round.examples()).isPositive();
            }

            for (int worker = 0; worker < settings.workers(); worker++) {
                long segment = plan.segmentStart(worker + 1) - plan.segmentStart(worker);
                assertThat(trained[worker]).as("trial " + trial).isEqualTo(segment);
            }
            assertThat(plan.segmentStart(settings.workers())).isEqualTo(examples);
        }
    }

    @Test
    void roundsAreNumberedThroughTheRunAndKnowTheirEpoch() {
        // 10 examples, 2 workers, minibatches of 2: 3 steps an epoch; every 2 steps an average: rounds of 2 and 1 steps
        RunPlan plan = new RunPlan(settings(2, 2, AveragingSchedule.every(2)), 10);

        assertThat(plan.roundCount()).isEqualTo(6);
        assertThat(plan.rounds(2))
                .containsExactly(
                        new Round(4, 2, List.of(new Round.Share(0, 0, 2, 4), new Round.Share(1, 0, 2, 4))),
                        new Round(5, 2, List.of(new Round.Share(0, 2, 1, 1), new Round.Share(1, 2, 1, 1))));
        assertThat(plan.epochOf(3)).isEqualTo(1);
        assertThat(plan.epochOf(4)).isEqualTo(2);
        assertThat(plan.roundsBefore(2)).isEqualTo(4);
    }

    @Test
    void aFrequencyLargerThanAnEpochGivesOneRoundAnEpoch() {
        RunPlan plan = new RunPlan(settings(4, 8, AveragingSchedule.every(Integer.MAX_VALUE)), 1000);

        assertThat(plan.roundCount()).isEqualTo(3);
        assertThat(plan.rounds(0).get(0).examples()).isEqualTo(1000);
    }

    @Test
    void moreWorkersThanExamplesLeaveSomeWithEmptyShares() {
        RunPlan plan = new RunPlan(settings(5, 8, AveragingSchedule.every(4)), 2);

        List<Round> rounds = plan.rounds(0);

        assertThat(rounds).hasSize(1);
        assertThat(rounds.get(0).shares()).extracting(Round.Share::examples).containsExactly(0L, 0L, 1L, 0L, 1L);
    }

    @Test
    void aGrowingFrequencyMakesFewerAndLongerRounds() {
        AveragingSchedule growing = new AveragingSchedule(Kind.PER_EPOCH, List.of(1, 2, 8), 0, 0.5, 4);
        RunPlan plan = new RunPlan(settings(1, 1, growing), 8);

        assertThat(plan.rounds(0))
                .extracting(round -> round.shares().get(0).minibatches())
                .containsExactly(4, 1, 1, 1, 1);
        assertThat(plan.rounds(1)).hasSize(4);
        assertThat(plan.rounds(2)).hasSize(1);
        assertThat(plan.roundCount()).isEqualTo(10);
    }

    @Test
    void whatCannotBePlannedIsRefusedWithItsReason() {
        assertThatThrownBy(() -> new RunPlan(settings(1, 1, AveragingSchedule.every(1)), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one example");
        assertThatThrownBy(() -> new TrainingSettings(1, 0, 0, 0, Averaging.every(1), RATE, 1, 0))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("workers: 0")
                .hasMessageContaining("batch: 0")
                .hasMessageContaining("epochs: 0")
                .hasMessageContaining("labelSmoothing: 1.0")
                .hasMessageContaining("shuffleWindow: 0");
    }

    private static TrainingSettings settings(int workers, int batch, AveragingSchedule schedule) {
        Averaging averaging = new Averaging(schedule, Averaging.UpdaterPolicy.AVERAGE, Averaging.OuterOptimizer.NONE);
        return new TrainingSettings(1, workers, batch, 3, averaging, RATE, 0, 100);
    }
}
