package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.training.LearningRate.Decay;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningRateTest {

    @Test
    void aConstantRateNeverChanges() {
        LearningRate rate = LearningRate.constant(0.1);

        assertThat(rate.at(0, 10)).isEqualTo(0.1);
        assertThat(rate.at(9.99, 10)).isEqualTo(0.1);
    }

    @Test
    void stepsMultiplyByTheFactorFromTheirMilestoneOn() {
        LearningRate rate = new LearningRate(0.1, Decay.STEP, List.of(30.0, 60.0), 0.1, 1, 0, 0);

        assertThat(rate.at(29.999, 90)).isEqualTo(0.1);
        assertThat(rate.at(30, 90)).isCloseTo(0.01, within(1e-15));
        assertThat(rate.at(75, 90)).isCloseTo(0.001, within(1e-15));
    }

    @Test
    void polynomialFollowsTheRemainingShareOfTheRunAfterTheWarmup() {
        LearningRate rate = new LearningRate(1.0, Decay.POLYNOMIAL, List.of(), 0.1, 2, 2, 0.5);

        // 4 of 8 decaying epochs are left at epoch 6: 0.5 + 0.5 * (1/2)^2
        assertThat(rate.at(6, 10)).isCloseTo(0.625, within(1e-15));
        assertThat(rate.at(10, 10)).isEqualTo(0.5);
    }

    @Test
    void cosineFallsFromTheRateToTheFloor() {
        LearningRate rate = new LearningRate(1.0, Decay.COSINE, List.of(), 0.1, 1, 0, 0.2);

        assertThat(rate.at(0, 6)).isEqualTo(1.0);
        assertThat(rate.at(2, 6)).isCloseTo(0.2 + 0.8 * 0.75, within(1e-15)); // cos 60 degrees is 1/2
        assertThat(rate.at(6, 6)).isCloseTo(0.2, within(1e-15));
    }

    @Test
    void theWarmupRisesInAStraightLineEvenBelowTheFloor() {
        LearningRate rate = new LearningRate(0.4, Decay.CONSTANT, List.of(), 0.1, 1, 4, 0.2);

        assertThat(rate.at(1, 10)).isCloseTo(0.1, within(1e-15));
        assertThat(rate.at(3, 10)).isCloseTo(0.3, within(1e-15));
        assertThat(rate.at(4, 10)).isEqualTo(0.4);
    }

    @Test
    void aWarmupAsLongAsTheRunIsLegalAndEndsAtTheRate() {
        LearningRate rate = LearningRate.cosine(1.0, 2);

        assertThat(rate.at(1.5, 2)).isEqualTo(0.75);
        assertThat(rate.at(0.5, 1)).isEqualTo(0.25);
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        assertThatThrownBy(() ->
                        new LearningRate(Double.NaN, Decay.STEP, List.of(3.0, 2.0), 2, 0, -1, Double.POSITIVE_INFINITY))
                .isInstanceOfSatisfying(
                        InvalidSettingsException.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(problem -> problem.substring(0, problem.indexOf(':')))
                                .containsExactly("rate", "milestones", "factor", "power", "warmupEpochs", "floor"))
                .hasMessageContaining("milestones: [3.0, 2.0] are not ascending");
    }
}
