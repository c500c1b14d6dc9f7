package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Everybody who watches a run, as one listener that knows how long they hold the training up together: the rounds'
 * metrics say it, so that anyone can check that watching is cheap.
 */
final class Observation implements RoundListener {

    private final List<RoundListener> observers = new ArrayList<>();
    private long nanos;

    /** Adds one who watches; heard in the order in which they were added. */
    void add(RoundListener observer) {
        observers.add(observer);
    }

    /** Returns the time spent since this was last asked, in milliseconds. */
    double takeMillis() {
        double millis = nanos / 1e6;
        nanos = 0;
        return millis;
    }

    /** Runs what belongs to watching, though it is not done by a listener, on the same account. */
    void doing(Runnable work) {
        long started = System.nanoTime();
        try {
            work.run();
        } finally {
            nanos += System.nanoTime() - started;
        }
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        tell(observer -> observer.started(plan, roundsDone));
    }

    @Override
    public void roundDone(RoundSummary summary) {
        tell(observer -> observer.roundDone(summary));
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, double millis) {
        tell(observer -> observer.checkpointed(checkpoint, millis));
    }

    @Override
    public void epochDone(int epoch, Checkpoint checkpoint) {
        tell(observer -> observer.epochDone(epoch, checkpoint));
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        tell(observer -> observer.wentBack(fromRound, toRound));
    }

    private void tell(Consumer<RoundListener> event) {
        doing(() -> observers.forEach(event));
    }
}
