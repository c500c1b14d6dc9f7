package dev.convoke.engine;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.MDC;

/**
 * A thread that runs one call at a time while the caller waits. Engines keep one for each replica, because native code
 * keeps its thread count, and much else, by thread.
 */
public final class OwnThread implements AutoCloseable {

    private final ExecutorService executor;

    /** Starts a daemon thread at the first call. */
    public OwnThread(String name) {
        this.executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Runs the call, in the caller's logging context, and returns what it returns, or throws what it throws. An
     * interrupt does not stop native code, so it waits all the same and leaves the interrupt to the caller.
     */
    public <T> T call(Callable<T> call) {
        Map<String, String> context = MDC.getCopyOfContextMap();
        Future<T> future = executor.submit(() -> {
            if (context != null) {
                MDC.setContextMap(context);
            }
            return call.call();
        });
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unchecked(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs the task and throws what it throws. */
    public void run(Runnable task) {
        call(Executors.callable(task));
    }

    /** Ends the thread once its calls are done. */
    @Override
    public void close() {
        executor.shutdown();
    }

    private static RuntimeException unchecked(ExecutionException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException exception ? exception : new IllegalStateException(e);
    }
}
