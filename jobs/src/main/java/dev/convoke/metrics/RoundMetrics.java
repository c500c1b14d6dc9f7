package dev.convoke.metrics;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What one round of a run measured.
 *
 * @param time when the round was done
 * @param runId which run
 * @param epoch counted from 0
 * @param round rounds done with this one, so the first is 1; the checkpoint of this state has the same number
 * @param examples trained in this round by all workers
 * @param examplesSeen trained since the start of the run
 * @param loss mean cross-entropy of the examples before the update they caused, in nats
 * @param accuracy share of them that was classified right then
 * @param learningRate of the round's last step
 * @param imagesPerSecond examples divided by the round's wall time
 * @param divergence mean distance of the replicas from their average, relative to its norm
 * @param phaseMillis wall time of the round's phases in milliseconds, by name; they add up to the round, the time that
 *     a checkpoint held it up included
 * @param figures anything else that was measured, by name with its unit at the end: {@code bytes_moved}
 * @param workers one row for each worker, in worker order
 */
public record RoundMetrics(
        Instant time,
        String runId,
        int epoch,
        int round,
        long examples,
        long examplesSeen,
        double loss,
        double accuracy,
        double learningRate,
        double imagesPerSecond,
        double divergence,
        Map<String, Double> phaseMillis,
        Map<String, Double> figures,
        List<WorkerRow> workers) {

    /**
     * What one worker did in a round.
     *
     * @param worker counts from 0
     * @param examples how many it trained
     * @param loss mean over them; not a number if there were none
     * @param accuracy share it classified right before each update; not a number if there were none
     * @param computeMillis time in the engine
     * @param waitMillis time the engine waited for examples
     * @param receiveMillis time until its replica held the round's state
     * @param sendMillis time until its result was where it can be fetched
     * @param readMillis time its minibatches waited for their examples, beside the steps
     * @param decodeMillis time their examples were decoded and augmented, beside the steps
     */
    public record WorkerRow(
            int worker,
            long examples,
            double loss,
            double accuracy,
            double computeMillis,
            double waitMillis,
            double receiveMillis,
            double sendMillis,
            double readMillis,
            double decodeMillis) {

        /** Returns the time it was busy with the round. */
        public double millis() {
            return receiveMillis + waitMillis + computeMillis + sendMillis;
        }
    }

    /** Copies the collections. */
    public RoundMetrics {
        phaseMillis = Map.copyOf(phaseMillis);
        figures = Map.copyOf(figures);
        workers = List.copyOf(workers);
    }

    /** Returns the slowest worker's time in the engine divided by the mean: 1 if all are equally fast. */
    public double workerSkew() {
        double slowest =
                workers.stream().mapToDouble(WorkerRow::computeMillis).max().orElse(0);
        double mean =
                workers.stream().mapToDouble(WorkerRow::computeMillis).average().orElse(0);
        return mean > 0 ? slowest / mean : 1;
    }
}
