package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.training.AveragingSchedule.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class AveragingScheduleTest {

    @Test
    void theLastEntryOfAListCountsForAllEpochsThatFollow() {
        AveragingSchedule schedule = new AveragingSchedule(Kind.PER_EPOCH, List.of(1, 4, 16), 0, 0, 1);

        assertThat(schedule.at(0.99, 0.1)).isEqualTo(1);
        assertThat(schedule.at(1, 0.1)).isEqualTo(4);
        assertThat(schedule.at(57.5, 0.1)).isEqualTo(16);
    }

    @Test
    void theQuadraticRuleGrowsAsTheRateFallsAndNeverGoesBelowItsBase() {
        AveragingSchedule schedule = new AveragingSchedule(Kind.QUADRATIC, List.of(4), 0.2, 0, 1);

        assertThat(schedule.at(0, 0.4)).isEqualTo(4);
        assertThat(schedule.at(5, 0.03)).isEqualTo(44); // (0.2 / 0.03)^2 = 44.4
        assertThat(schedule.at(9, 0)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void theWarmupFrequencyCountsFirst() {
        AveragingSchedule schedule = new AveragingSchedule(Kind.CONSTANT, List.of(16), 0, 1.5, 2);

        assertThat(schedule.at(1.49, 0.1)).isEqualTo(2);
        assertThat(schedule.at(1.5, 0.1)).isEqualTo(16);
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        assertThatThrownBy(() -> new AveragingSchedule(Kind.QUADRATIC, List.of(0, 3), 0, -1, 0))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("frequencies: [0, 3] are not all at least 1")
                .hasMessageContaining("frequencies: QUADRATIC takes one number")
                .hasMessageContaining("coefficient: 0.0")
                .hasMessageContaining("warmupEpochs: -1.0")
                .hasMessageContaining("warmupFrequency: 0");
        assertThatThrownBy(() -> new Averaging.OuterOptimizer(0, 1))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("rate: 0.0")
                .hasMessageContaining("momentum: 1.0");
    }
}
