package dev.convoke.metrics.trace;

import java.util.ArrayList;
import java.util.List;

/**
 * Remembers what the threads of one worker do, while it is switched on; costs nothing to speak of while it is not. Safe
 * for use by many threads.
 */
public final class SpanRecorder {

    /** More than a traced round has; whoever forgets to take them does not fill the memory. */
    private static final int MOST_SPANS = 50_000;

    private final long originMicros = System.currentTimeMillis() * 1000;
    private final long originNanos = System.nanoTime();
    private final List<Span> spans = new ArrayList<>();
    private volatile boolean on;

    /** Begins to remember. */
    public void switchOn() {
        on = true;
    }

    /** Forgets everything and ceases to remember. */
    public void switchOff() {
        if (on) {
            on = false;
            take();
        }
    }

    /**
     * Remembers something that is over.
     *
     * @param fromNanos {@link System#nanoTime} when it began
     */
    public void record(String name, String lane, long fromNanos) {
        if (on) {
            long now = System.nanoTime();
            Span span = new Span(name, lane, originMicros + (fromNanos - originNanos) / 1000, (now - fromNanos) / 1000);
            synchronized (spans) {
                if (spans.size() < MOST_SPANS) {
                    spans.add(span);
                }
            }
        }
    }

    /** Returns what has been remembered since this was last asked. */
    public List<Span> take() {
        synchronized (spans) {
            List<Span> taken = List.copyOf(spans);
            spans.clear();
            return taken;
        }
    }
}
