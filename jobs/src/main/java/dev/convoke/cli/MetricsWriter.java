package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Writes what every round measured, one file a round for programs and one for TensorBoard. */
final class MetricsWriter implements RoundListener {

    private final MetricLog log;
    private final EventLog events;
    private final String runId;
    private double checkpointMillis;

    MetricsWriter(MetricLog log, EventLog events, String runId) {
        this.log = log;
        this.events = events;
        this.runId = runId;
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        // Rounds behind the checkpoint are done again, and their old figures would be of another course.
        log.deleteAfter(roundsDone);
        events.deleteAfter(roundsDone);
    }

    @Override
    public void roundDone(RoundSummary summary) {
        List<WorkerRow> workers =
                summary.workers().stream().map(MetricsWriter::row).toList();
        RoundMetrics metrics = new RoundMetrics(
                Instant.now(),
                runId,
                summary.round().epoch(),
                summary.round().number() + 1,
                summary.round().examples(),
                summary.examplesSeen(),
                summary.loss(),
                summary.accuracy(),
                summary.learningRate(),
                summary.examplesPerSecond(),
                summary.divergence() < 0 ? Double.NaN : summary.divergence(),
                summary.phaseMillis(),
                Map.of("bytes_moved", (double) summary.bytesMoved(), "last_checkpoint_millis", checkpointMillis),
                workers);
        log.write(metrics);
        events.write(metrics);
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, double millis) {
        checkpointMillis = millis;
    }

    private static WorkerRow row(WorkerReport report) {
        return new WorkerRow(
                report.worker(),
                report.examples(),
                report.lossSum() / report.examples(),
                report.correct() < 0 ? Double.NaN : (double) report.correct() / report.examples(),
                report.computeMillis(),
                report.waitMillis());
    }
}
