package dev.convoke.training;

import dev.convoke.metrics.ProcessMemory;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What a round gave.
 *
 * @param state the averaged state
 * @param workers one report for each worker, in worker order
 * @param divergence how far the workers moved apart: the root mean square, over the examples, of the distance between
 *     their worker's trainable parameters and the average, relative to the norm of the average;
 *     {@link #UNKNOWN_DIVERGENCE} if nobody measured it
 * @param bytesMoved bytes of state that workers and averages fetched from other processes; 0 within one process
 * @param memory the most that a process of a worker or of an average held, of each kind
 * @param phaseMillis wall time of the round's phases as the driver saw them, in milliseconds, by name
 */
public record RoundResult(
        RunState state,
        List<WorkerReport> workers,
        double divergence,
        long bytesMoved,
        ProcessMemory memory,
        Map<String, Double> phaseMillis) {

    /** The divergence of a round whose master does not measure it. */
    public static final double UNKNOWN_DIVERGENCE = -1;

    /** Copies the collections. */
    public RoundResult {
        workers = List.copyOf(workers);
        phaseMillis = Map.copyOf(phaseMillis);
    }

    /**
     * What one worker did in a round.
     *
     * @param worker counts from 0
     * @param examples how many it trained; its weight in the average
     * @param lossSum sum of their losses, in nats
     * @param correct how many it classified right before each step's update, or {@link #UNKNOWN_CORRECT}
     * @param computeMillis time in the engine
     * @param waitMillis time the engine waited for examples
     * @param receiveMillis time until its replica held the round's state
     * @param sendMillis time until its result was where it can be fetched
     * @param readMillis time its minibatches waited for their examples while they were filled, beside the steps
     * @param decodeMillis time their examples were decoded and augmented, beside the steps
     */
    public record WorkerReport(
            int worker,
            long examples,
            double lossSum,
            long correct,
            double computeMillis,
            double waitMillis,
            double receiveMillis,
            double sendMillis,
            double readMillis,
            double decodeMillis)
            implements Serializable {

        /** What {@code correct} is when the master does not tell. */
        public static final long UNKNOWN_CORRECT = -1;

        /** Returns the report of a worker whose share was empty. */
        public static WorkerReport idle(int worker) {
            return new WorkerReport(worker, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }

        /** Returns this report with the times of moving the state. */
        public WorkerReport withTransfer(double receiveMillis, double sendMillis) {
            return new WorkerReport(
                    worker,
                    examples,
                    lossSum,
                    correct,
                    computeMillis,
                    waitMillis,
                    receiveMillis,
                    sendMillis,
                    readMillis,
                    decodeMillis);
        }
    }
}
