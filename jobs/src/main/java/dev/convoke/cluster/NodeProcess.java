package dev.convoke.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A node's process, so described that another process which got its number later is never taken for it.
 *
 * @param name such as {@code datanode1}
 * @param pid its number
 * @param startedMillis when the system started it, since 1970
 */
record NodeProcess(String name, long pid, long startedMillis) {

    /** How much later a process may have started than whoever started it thinks: clocks tick in hundredths. */
    private static final long CLOCK_MILLIS = 2000;

    static NodeProcess of(String name, Process process) {
        long started = process.info().startInstant().orElseGet(Instant::now).toEpochMilli();
        return new NodeProcess(name, process.pid(), started);
    }

    boolean isAlive() {
        return handle().isPresent();
    }

    /** Asks it to end, and ends it by force after the patience; returns whether it went by itself. */
    boolean stop(Duration patience) {
        Optional<ProcessHandle> handle = handle();
        if (handle.isEmpty()) {
            return true;
        }
        CompletableFuture<ProcessHandle> end = handle.get().onExit();
        handle.get().destroy();
        if (waitFor(end, patience)) {
            return true;
        }
        handle.get().destroyForcibly();
        waitFor(end, patience);
        return false;
    }

    private static boolean waitFor(CompletableFuture<ProcessHandle> end, Duration patience) {
        try {
            end.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException still) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("Waiting for a process failed", impossible);
        }
    }

    private Optional<ProcessHandle> handle() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> handle.info()
                        .startInstant()
                        .map(start -> Math.abs(start.toEpochMilli() - startedMillis) <= CLOCK_MILLIS)
                        .orElse(false));
    }
}
