package dev.convoke.metrics.trace;

import java.io.Serializable;

/**
 * Something that lasted a while.
 *
 * @param name what it was, such as {@code decode}
 * @param lane who did it, such as {@code worker 0}: spans of one lane do not overlap
 * @param startMicros when it began, in microseconds since 1970 by the clock of its host
 * @param micros how long it took
 */
public record Span(String name, String lane, long startMicros, long micros) implements Serializable {

    /** Returns a span that ends now. */
    public static Span endingNow(String name, String lane, double millis) {
        long micros = Math.round(millis * 1000);
        return new Span(name, lane, System.currentTimeMillis() * 1000 - micros, micros);
    }
}
