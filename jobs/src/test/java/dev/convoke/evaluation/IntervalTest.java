package dev.convoke.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class IntervalTest {

    @Test
    void bothEndsSolveWilsonsEquation() {
        // The ends are where the observed share is exactly z standard errors away: (p - s)^2 = z^2 s (1 - s) / n.
        double z = 1.959963984540054;
        Interval interval = Interval.wilson(45, 50);

        for (double end : new double[] {interval.low(), interval.high()}) {
            assertThat((0.9 - end) * (0.9 - end)).isCloseTo(z * z * end * (1 - end) / 50, within(1e-12));
        }
        assertThat(interval.low()).isLessThan(0.9);
        assertThat(interval.high()).isGreaterThan(0.9);
    }

    @Test
    void neverLeavesTheUnitInterval() {
        assertThat(Interval.wilson(0, 3).low()).isZero();
        assertThat(Interval.wilson(3, 3).high()).isEqualTo(1);
        assertThat(Interval.wilson(3, 3).low()).isBetween(0.4, 0.5);
    }

    @Test
    void nothingIsKnownWithoutASample() {
        assertThat(Interval.wilson(0, 0).low()).isNaN();
    }
}
