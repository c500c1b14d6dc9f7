package dev.convoke.training;

import dev.convoke.metrics.ProcessMemory;
import dev.convoke.training.RoundResult.WorkerReport;
import java.util.List;
import java.util.Map;

/**
 * What a round gave, for people.
 *
 * @param round which it was
 * @param workers what each did
 * @param divergence see {@link RoundResult}
 * @param bytesMoved see {@link RoundResult}
 * @param memory see {@link RoundResult}
 * @param phaseMillis see {@link RoundResult}
 * @param learningRate of the round's last step
 * @param examplesSeen since the start of the run, this round's included
 * @param millis wall time of the round
 */
public record RoundSummary(
        Round round,
        List<WorkerReport> workers,
        double divergence,
        long bytesMoved,
        ProcessMemory memory,
        Map<String, Double> phaseMillis,
        double learningRate,
        long examplesSeen,
        double millis) {

    /** Copies the collections. */
    public RoundSummary {
        workers = List.copyOf(workers);
        phaseMillis = Map.copyOf(phaseMillis);
    }

    /** Returns the mean loss of the round's examples, in nats. */
    public double loss() {
        return workers.stream().mapToDouble(WorkerReport::lossSum).sum() / round.examples();
    }

    /** Returns the share of the round's examples that were classified right when they were trained; NaN if unknown. */
    public double accuracy() {
        if (workers.stream().anyMatch(worker -> worker.correct() == WorkerReport.UNKNOWN_CORRECT)) {
            return Double.NaN;
        }
        return (double) workers.stream().mapToLong(WorkerReport::correct).sum() / round.examples();
    }

    /** Returns how many examples all workers together trained in a second. */
    public double examplesPerSecond() {
        return round.examples() * 1000.0 / millis;
    }
}
