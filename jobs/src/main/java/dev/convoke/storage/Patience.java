package dev.convoke.storage;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries an operation again while a file system restarts, fails over or is in safe mode, for a limited time. Nothing is
 * tried again when that could do it twice.
 */
final class Patience {

    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final long FIRST_PAUSE = Duration.ofMillis(500).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(5).toNanos();

    private final long limitNanos;
    private final LongSupplier nanoTime;
    private final Pause pause;

    /** Waits for real. */
    Patience(Duration limit) {
        this(limit, System::nanoTime, LockSupport::parkNanos);
    }

    Patience(Duration limit, LongSupplier nanoTime, Pause pause) {
        this.limitNanos = limit.toNanos();
        this.nanoTime = nanoTime;
        this.pause = pause;
    }

    /** Runs what may be done twice without harm: it is also tried again when an answer was lost. */
    <T> T repeatable(String doing, Location location, HadoopErrors.Call<T> call) {
        return run(doing, location, true, call);
    }

    /** Runs what must not be done twice: it is tried again only when it certainly was not done. */
    <T> T once(String doing, Location location, HadoopErrors.Call<T> call) {
        return run(doing, location, false, call);
    }

    private <T> T run(String doing, Location location, boolean repeatable, HadoopErrors.Call<T> call) {
        long start = nanoTime.getAsLong();
        long wait = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                return call.run(attempt);
            } catch (IOException | RuntimeException e) {
                boolean again = HadoopErrors.refusedForNow(e) || (repeatable && HadoopErrors.inDoubt(e));
                long left = limitNanos - (nanoTime.getAsLong() - start);
                RuntimeException explained = HadoopErrors.explain(doing, location, e);
                if (!again || left <= 0 || Thread.currentThread().isInterrupted()) {
                    throw explained;
                }
                LOG.warn("{}; trying again for {} s", explained.getMessage(), Math.max(1, left / 1_000_000_000L));
                pause.nanos(Math.min(wait, left));
                wait = Math.min(2 * wait, LONGEST_PAUSE);
            }
        }
    }

    /** Lets time pass. */
    interface Pause {
        void nanos(long nanos);
    }
}
