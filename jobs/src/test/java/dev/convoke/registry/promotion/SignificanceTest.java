package dev.convoke.registry.promotion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SignificanceTest {

    /** The chances of at least so many heads in so many tosses, counted by hand. */
    @ParameterizedTest
    @CsvSource({
        "8, 10, 56, 1024",
        "10, 10, 1, 1024",
        "5, 10, 638, 1024",
        "0, 10, 1024, 1024",
        "3, 4, 5, 16",
        "0, 0, 1, 1"
    })
    void mcnemarsTestIsTheTailOfTheBinomialDistribution(int won, int trials, double favourable, double all) {
        PairedOutcomes outcomes = new Pairs()
                .add(won, 0, false, true)
                .add(trials - won, 0, true, false)
                .add(100, 0, true, true)
                .outcomes();

        assertThat(Significance.MCNEMAR.pValue(outcomes)).isCloseTo(favourable / all, within(1e-12));
    }

    @Test
    void ofManyThousandsTheTailIsStillExact() {
        // By symmetry: the tail from one above the middle, and the middle itself.
        double above = Significance.binomialTail(50_001, 100_000);
        double middle = Significance.binomialTail(50_000, 100_000) - above;

        assertThat(2 * above + middle).isCloseTo(1, within(1e-7));
        assertThat(middle).isCloseTo(Math.sqrt(2 / (Math.PI * 100_000)), within(1e-7));
    }

    @Test
    void theBootstrapAgreesWithTheNormalApproximationOfManyExamples() {
        PairedOutcomes outcomes = new Pairs()
                .add(60, 0, false, true)
                .add(40, 0, true, false)
                .add(900, 0, true, true)
                .outcomes();

        // Gain 20 of 1,000 with a standard deviation of sqrt(100 - 20 * 20 / 1000): z = 2.0041, p = 0.0225; half a step
        // more, because a resample's gain is a whole number.
        double once = Significance.BOOTSTRAP.pValue(outcomes);
        assertThat(once).isCloseTo(0.0252, within(0.005));
        assertThat(Significance.BOOTSTRAP.pValue(outcomes.where(i -> true))).isEqualTo(once);
        assertThat(Significance.BOOTSTRAP.pValue(outcomes.turned())).isGreaterThan(0.97);
    }

    /** How often two equally good models would be taken for different, over seeds: at most one in twenty. */
    @ParameterizedTest
    @EnumSource(
            value = Significance.class,
            names = {"MCNEMAR", "BOOTSTRAP"})
    void equallyGoodModelsSeldomSeemDifferent(Significance test) {
        int seeds = test == Significance.BOOTSTRAP ? 400 : 20_000;
        int promoted = 0;
        for (int seed = 0; seed < seeds; seed++) {
            promoted += test.pValue(Pairs.equallyGood(seed, 300, 0.8)) <= 0.05 ? 1 : 0;
        }

        double rate = (double) promoted / seeds;

        // The bootstrap knows its own spread only from the sample: a little above its level is in its nature.
        double bound = test == Significance.BOOTSTRAP ? 0.05 + 3 * Math.sqrt(0.05 * 0.95 / seeds) : 0.05;
        assertThat(rate).isLessThanOrEqualTo(bound).isGreaterThan(0.01);
        System.out.printf("false promotions by %s: %d of %d seeds, %.4f%n", test, promoted, seeds, rate);
    }
}
