package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** Writes what every round measured, one file a round for programs and one for TensorBoard. */
final class MetricsWriter implements RoundListener {

    private final MetricLog log;
    private final EventLog events;
    private final String runId;
    private final DoubleSupplier observingMillis;
    private double heldUpMillis;
    private double commitMillis;

    /**
     * Writes into a run.
     *
     * @param observingMillis how long watching has held the training up since it was last asked
     */
    MetricsWriter(MetricLog log, EventLog events, String runId, DoubleSupplier observingMillis) {
        this.log = log;
        this.events = events;
        this.runId = runId;
        this.observingMillis = observingMillis;
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
                phases(summary, heldUpMillis),
                figures(summary),
                workers);
        heldUpMillis = 0;
        commitMillis = 0;
        log.write(metrics);
        events.write(metrics);
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        events.deleteAfter(toRound);
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
        heldUpMillis += times.heldUpMillis();
        commitMillis += times.commitMillis();
    }

    /**
     * Returns where a round's time went, in the order in which it passes: what the worker that took longest did, then
     * the average, then what a checkpoint held up; the rest is Spark's scheduling and whatever nobody measured.
     */
    static Map<String, Double> phases(RoundSummary summary, double heldUpMillis) {
        WorkerReport longest = longest(summary);
        double average = summary.phaseMillis().getOrDefault("average", 0.0);
        Map<String, Double> phases = new LinkedHashMap<>();
        phases.put("receive", longest.receiveMillis());
        phases.put("wait", longest.waitMillis());
        phases.put("compute", longest.computeMillis());
        phases.put("send", longest.sendMillis());
        phases.put("average", average);
        phases.put("checkpoint", heldUpMillis);
        phases.put("schedule", Math.max(0, summary.millis() - millis(longest) - average));
        return phases;
    }

    /**
     * Returns what passes beside the phases or is no time: the reading and decoding of the worker that took longest.
     */
    private Map<String, Double> figures(RoundSummary summary) {
        WorkerReport longest = longest(summary);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("bytes_moved", (double) summary.bytesMoved());
        figures.put("observing_millis", observingMillis.getAsDouble());
        figures.put("read_millis", longest.readMillis());
        figures.put("decode_millis", longest.decodeMillis());
        figures.put("commit_millis", commitMillis);
        figures.put("executor_heap_bytes", known(summary.memory().heapBytes()));
        figures.put("executor_resident_bytes", known(summary.memory().residentBytes()));
        figures.put("driver_heap_bytes", (double) ProcessMemory.here().heapBytes());
        return figures;
    }

    private static double known(long bytes) {
        return bytes == ProcessMemory.UNKNOWN_BYTES ? Double.NaN : bytes;
    }

    private static WorkerReport longest(RoundSummary summary) {
        WorkerReport longest = summary.workers().get(0);
        for (WorkerReport worker : summary.workers()) {
            longest = millis(worker) > millis(longest) ? worker : longest;
        }
        return longest;
    }

    private static double millis(WorkerReport worker) {
        return worker.receiveMillis() + worker.waitMillis() + worker.computeMillis() + worker.sendMillis();
    }

    private static WorkerRow row(WorkerReport report) {
        return new WorkerRow(
                report.worker(),
                report.examples(),
                report.lossSum() / report.examples(),
                report.correct() < 0 ? Double.NaN : (double) report.correct() / report.examples(),
                report.computeMillis(),
                report.waitMillis(),
                report.receiveMillis(),
                report.sendMillis(),
                report.readMillis(),
                report.decodeMillis());
    }
}
