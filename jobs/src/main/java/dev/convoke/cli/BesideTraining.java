package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.metrics.ProcessorTime;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Lets listeners work while the next round trains, on one thread and in the order of the events, where nobody has to
 * wait for them. At most one round is behind: the next one's figures wait until all before them is written. A failure
 * is thrown to whoever calls next; what was to follow it is left out.
 */
final class BesideTraining implements RoundListener, AutoCloseable {

    private final List<RoundListener> listeners;
    private final LongConsumer usedNanos;
    private final ExecutorService thread;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    private boolean failed;

    /**
     * Starts the thread.
     *
     * @param listeners hear everything on the other thread, in this order
     * @param usedNanos is told the processor time that each piece of work has taken; called on the other thread
     */
    BesideTraining(List<? extends RoundListener> listeners, LongConsumer usedNanos) {
        this.listeners = List.copyOf(listeners);
        this.usedNanos = usedNanos;
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, "convoke-watching");
            made.setDaemon(true);
            return made;
        });
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        tell(listener -> listener.started(plan, roundsDone));
    }

    @Override
    public void roundDone(RoundSummary summary) {
        settle();
        tell(listener -> listener.roundDone(summary));
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
        tell(listener -> listener.checkpointed(checkpoint, times));
    }

    @Override
    public void epochDone(int epoch, Checkpoint checkpoint) {
        tell(listener -> listener.epochDone(epoch, checkpoint));
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        tell(listener -> listener.wentBack(fromRound, toRound));
    }

    /** Does other work after what was told before. */
    void later(Runnable work) {
        Map<String, String> logKeys = MDC.getCopyOfContextMap();
        last = last.thenRunAsync(() -> counted(work, logKeys), thread);
    }

    /**
     * Waits until everything told is done.
     *
     * @throws RuntimeException what a listener threw
     */
    void settle() {
        try {
            last.join();
        } catch (CompletionException e) {
            failed = true;
            if (e.getCause() instanceof RuntimeException exception) {
                throw exception;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** Waits until everything told is done, and throws what a listener threw unless somebody has heard it. */
    @Override
    public void close() {
        try {
            if (!failed) {
                settle();
            }
        } finally {
            thread.shutdown();
        }
    }

    private void tell(Consumer<RoundListener> event) {
        later(() -> listeners.forEach(event));
    }

    private void counted(Runnable work, @Nullable Map<String, String> logKeys) {
        long before = ProcessorTime.ofThisThread();
        try {
            if (logKeys != null) {
                MDC.setContextMap(logKeys);
            }
            work.run();
        } finally {
            MDC.clear();
            usedNanos.accept(ProcessorTime.ofThisThread() - before);
        }
    }
}
