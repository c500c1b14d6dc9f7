package dev.convoke.spark.rounds;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Threads beside a task's own, for as long as it needs them. */
final class TaskThreads {

    private TaskThreads() {}

    /**
     * Returns what each part gives, in their order, all run at the same time; one part alone runs on the calling
     * thread.
     *
     * @throws RuntimeException what the first part in their order has failed with, when all have ended
     */
    static <T> List<T> all(List<Supplier<T>> parts) {
        if (parts.size() == 1) {
            return List.of(parts.get(0).get());
        }
        ExecutorService threads = Executors.newFixedThreadPool(parts.size());
        try {
            List<Callable<T>> calls = new ArrayList<>();
            parts.forEach(part -> calls.add(part::get));
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(calls)) {
                results.add(result.get());
            }
            return results;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException expected) {
                throw expected;
            }
            throw new IllegalStateException("A part of a task failed: " + failed.getCause(), failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while parts of a task ran: the task was cancelled");
        } finally {
            threads.shutdownNow();
        }
    }
}
