package dev.convoke.engine.cuda;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;

/** Copies between buffers with several threads: one core fills only a fraction of a GPU's link. */
final class ParallelCopy implements AutoCloseable {

    private static final int VALUES_AT_ONCE = 1 << 17;

    private final ExecutorService helpers;

    /** Starts the threads. */
    ParallelCopy(int threads) {
        this.helpers = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "gpu-copier");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts to copy values and moves no position.
     *
     * @return what {@link #finish} waits for
     */
    List<FutureTask<?>> start(FloatBuffer source, int from, FloatBuffer target, int to, int count) {
        List<FutureTask<?>> running = new ArrayList<>();
        for (int begin = 0; begin < count; begin += VALUES_AT_ONCE) {
            int first = begin;
            int size = Math.min(VALUES_AT_ONCE, count - begin);
            FutureTask<?> part = new FutureTask<>(() -> target.put(to + first, source, from + first, size));
            helpers.execute(part);
            running.add(part);
        }
        return running;
    }

    /** Copies what no thread has begun with, as waking one can take as long as copying, and waits for the rest. */
    static void finish(List<FutureTask<?>> running) {
        running.forEach(FutureTask::run);
        running.forEach(ParallelCopy::await);
    }

    /** Waits to the end even if interrupted: the other side's memory must not be used before. */
    private static void await(FutureTask<?> part) {
        boolean interrupted = false;
        while (true) {
            try {
                part.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException("Copying values of the state failed", e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        helpers.shutdown();
    }
}
