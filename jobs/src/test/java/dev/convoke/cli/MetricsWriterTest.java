package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsWriterTest {

    private static final Location RUN = MemoryFileStore.root().child("run");

    @Test
    void phasesFollowTheWorkerThatTookLongestAndAddUpToTheRound() {
        WorkerReport quick = new WorkerReport(0, 8, 1, 1, 300, 500, 10, 10, 0, 0);
        WorkerReport slow = new WorkerReport(1, 8, 1, 1, 700, 100, 30, 20, 0, 0);
        RoundSummary summary = summary(0, List.of(quick, slow), ProcessMemory.UNKNOWN);

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

    @Test
    void figuresTellWhatPassesBesideThePhasesAndTheMemory() {
        WorkerReport quick = new WorkerReport(0, 8, 1, 1, 300, 50, 10, 10, 500, 600);
        WorkerReport slow = new WorkerReport(1, 8, 1, 1, 700, 100, 30, 20, 40, 250);
        MemoryFileStore store = new MemoryFileStore();
        MetricLog log = new MetricLog(store, RUN);
        MetricsWriter writer = new MetricsWriter(log, new EventLog(store, RUN), "r1", () -> 3);

        writer.checkpointed(
                new Checkpoint(RUN, TrainingWarningsTest.HEADER, 1, List.of(), ""), new CheckpointTimes(25, 400));
        writer.roundDone(summary(0, List.of(quick, slow), new ProcessMemory(7_000, 90_000)));
        writer.roundDone(summary(1, List.of(quick, slow), ProcessMemory.UNKNOWN));

        Map<String, Double> first = log.readAll().get(0).figures();
        assertThat(first)
                .containsEntry("read_millis", 40.0)
                .containsEntry("decode_millis", 250.0)
                .containsEntry("commit_millis", 400.0)
                .containsEntry("executor_heap_bytes", 7_000.0)
                .containsEntry("executor_resident_bytes", 90_000.0);
        assertThat(first.get("driver_heap_bytes")).isPositive();
        assertThat(log.readAll().get(0).workers())
                .extracting(WorkerRow::readMillis, WorkerRow::decodeMillis)
                .containsExactly(tuple(500.0, 600.0), tuple(40.0, 250.0));
        assertThat(log.readAll().get(1).figures())
                .containsEntry("commit_millis", 0.0)
                .containsEntry("executor_resident_bytes", Double.NaN);
    }

    private static RoundSummary summary(int round, List<WorkerReport> workers, ProcessMemory memory) {
        return new RoundSummary(
                Plans.of(2, 8, 32, 1).round(round), workers, 0, 0, memory, Map.of("average", 60.0), 0.1, 16, 1000);
    }
}
