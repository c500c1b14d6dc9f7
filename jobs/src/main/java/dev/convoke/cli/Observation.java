package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Everybody who watches a run, as one listener that knows what they cost together, as if all of it held the training
 * up: the time the training waits for them, and the processor time they use beside it. The rounds' metrics say it, so
 * that anyone can check that watching is cheap.
 */
final class Observation implements RoundListener {

    private final List<RoundListener> observers = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();

    /** Adds one who watches; heard in the order in which they were added. */
    void add(RoundListener observer) {
        observers.add(observer);
    }

    /** Returns the cost since this was last asked, in milliseconds; any thread may ask. */
    double takeMillis() {
        return nanos.getAndSet(0) / 1e6;
    }

    /** Adds processor time that was used beside the training; any thread may call this. */
    void used(long processorNanos) {
        nanos.addAndGet(processorNanos);
    }

    /** Runs what belongs to watching, though it is not done by a listener, on the same account. */
    void doing(Runnable work) {
        long started = System.nanoTime();
        try {
            work.run();
        } finally {
            nanos.addAndGet(System.nanoTime() - started);
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
    public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
        tell(observer -> observer.checkpointed(checkpoint, times));
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
