package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsWriterTest {

    @Test
    void phasesFollowTheWorkerThatTookLongestAndAddUpToTheRound() {
        WorkerReport quick = new WorkerReport(0, 8, 1, 1, 300, 500, 10, 10);
        WorkerReport slow = new WorkerReport(1, 8, 1, 1, 700, 100, 30, 20);
        RoundSummary summary = new RoundSummary(
                Plans.of(2, 8, 32, 1).round(0), List.of(quick, slow), 0, 0, Map.of("average", 60.0), 0.1, 16, 1000);

        Map<String, Double> phases = MetricsWriter.phases(summary, 25);

        assertThat(phases)
                .containsOnly(
                        Map.entry("receive", 30.0),
                        Map.entry("wait", 100.0),
                        Map.entry("compute", 700.0),
                        Map.entry("send", 20.0),
                        Map.entry("average", 60.0),
                        Map.entry("schedule", 90.0),
                        Map.entry("checkpoint", 25.0));
        assertThat(phases.values().stream().mapToDouble(Double::doubleValue).sum())
                .isCloseTo(1000 + 25, within(1e-9));
    }
}
