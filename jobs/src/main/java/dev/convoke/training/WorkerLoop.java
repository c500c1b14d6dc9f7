package dev.convoke.training;

import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.metrics.trace.SpanRecorder;
import dev.convoke.training.RoundResult.WorkerReport;

/**
 * Trains one worker's shares. Keeps the reader and the minibatches between rounds, so that consecutive rounds read
 * every group once; a fresh one gives the same bytes. Not thread-safe. After an exception it can only be closed.
 */
public final class WorkerLoop implements AutoCloseable {

    private final RunPlan plan;
    private final int worker;
    private final String lane;
    private final SpanRecorder recorder = new SpanRecorder();
    private final MinibatchFeed feed;

    /** Opens a worker's examples. */
    public WorkerLoop(WorkerKit kit, RunPlan plan, int worker) {
        this.plan = plan;
        this.worker = worker;
        this.lane = "worker " + worker;
        this.feed = new MinibatchFeed(kit, plan, worker, recorder);
    }

    /** Returns what remembers the spans of this worker's threads, while it is switched on. */
    public SpanRecorder recorder() {
        return recorder;
    }

    /**
     * Trains a share: the replica holds the round's state before and the worker's result after.
     *
     * @param replica of any worker; whatever it held before has been replaced by the round's state
     * @throws TrainingDivergedException if the loss leaves the finite numbers
     */
    public WorkerReport train(Replica replica, Round round) {
        Round.Share share = round.shares().get(worker);
        Totals totals = new Totals();
        for (int i = 0; i < share.minibatches(); i++) {
            int step = share.firstMinibatch() + i;
            long started = System.nanoTime();
            Minibatch minibatch = feed.take(round.epoch(), step);
            recorder.record("wait", lane, started);
            feed.next().ifPresent(replica::expect);
            long ready = System.nanoTime();
            Replica.StepResult result = replica.train(minibatch, stepOf(round.epoch(), step));
            recorder.record("compute", lane, ready);
            totals.add(result, System.nanoTime() - ready, ready - started);
            feed.giveBack(minibatch);
            if (!Double.isFinite(result.lossSum())) {
                throw new TrainingDivergedException("Worker " + worker + " has the loss " + result.lossSum()
                        + " in step " + step + " of epoch " + round.epoch() + " (round " + round.number()
                        + "): lower the learning rate or lengthen its warm-up");
            }
        }
        return totals.report(worker, feed.takeTimes());
    }

    /** Stops the helper thread and drops what is in memory. */
    @Override
    public void close() {
        feed.close();
    }

    private Replica.Step stepOf(int epoch, int step) {
        TrainingSettings settings = plan.settings();
        int stepsPerEpoch = plan.stepsPerEpoch();
        long globalStep = (long) epoch * stepsPerEpoch + step;
        return new Replica.Step(
                settings.learningRateOf(epoch, step, stepsPerEpoch),
                Keys.mix(settings.seed(), Randomness.DROPOUT, globalStep, worker));
    }

    /** Sums over the steps of a round. */
    private static final class Totals {
        private long examples;
        private double lossSum;
        private long correct;
        private long computeNanos;
        private long waitNanos;

        void add(Replica.StepResult result, long computed, long waited) {
            examples += result.examples();
            lossSum += result.lossSum();
            correct += result.correct();
            computeNanos += computed;
            waitNanos += waited;
        }

        WorkerReport report(int worker, MinibatchFeed.Times feeding) {
            return new WorkerReport(
                    worker,
                    examples,
                    lossSum,
                    correct,
                    computeNanos / 1e6,
                    waitNanos / 1e6,
                    0,
                    0,
                    feeding.readNanos() / 1e6,
                    feeding.decodeNanos() / 1e6);
        }
    }
}
