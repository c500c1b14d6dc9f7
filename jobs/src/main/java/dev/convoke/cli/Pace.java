package dev.convoke.cli;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Lets something through at most once in a while, for the first time when that while has passed. For one thread. */
final class Pace {

    private final long everyNanos;
    private final LongSupplier nanoTime;
    private long last;

    /** Begins to count. */
    Pace(Duration every, LongSupplier nanoTime) {
        this.everyNanos = every.toNanos();
        this.nanoTime = nanoTime;
        this.last = nanoTime.getAsLong();
    }

    /** Returns whether it is time again; then counts anew. */
    boolean isDue() {
        long now = nanoTime.getAsLong();
        boolean due = now - last >= everyNanos;
        if (due) {
            last = now;
        }
        return due;
    }
}
