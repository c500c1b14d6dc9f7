package dev.convoke.cli;

import dev.convoke.cli.Console.Mode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;

/**
 * One steady line that says how far a job is, how fast, and how long it will take. On a terminal the line has a bar and
 * is rewritten in place, never wider than the terminal; elsewhere a new line is printed at most every ten seconds; for
 * programs it is a JSON line, at most one a second. Safe for use by many threads.
 */
final class ProgressLine {

    private static final long TERMINAL_INTERVAL_NANOS = Duration.ofMillis(200).toNanos();
    private static final long PLAIN_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long JSON_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int BAR = 20;

    private final String verb;
    private final String unit;
    private final Console console;
    private final long startNanos;
    private long lastPrintNanos;
    private boolean ended;

    /**
     * What a line says.
     *
     * @param text to people
     * @param fields to programs, beside how far the job is
     */
    record Saying(String text, Map<String, Object> fields) {}

    /** Starts the clock. */
    ProgressLine(String verb, String unit, Console console) {
        this.verb = verb;
        this.unit = unit;
        this.console = console;
        this.startNanos = console.nanoTime();
        this.lastPrintNanos = startNanos - PLAIN_INTERVAL_NANOS;
    }

    /**
     * Shows that {@code done} of {@code total} are finished, if it is time to show anything; the last line always
     * comes, once.
     *
     * @param total 0 while nobody knows
     */
    void update(long done, long total, String detail) {
        update(done, total, seconds -> new Saying(render(done, total, detail, seconds), Map.of()));
    }

    /**
     * Shows what is to be said after so many seconds, if it is time to.
     *
     * @param total 0 while nobody knows
     */
    synchronized void update(long done, long total, DoubleFunction<Saying> saying) {
        if (console.mode() == Mode.QUIET) {
            return;
        }
        long now = console.nanoTime();
        boolean last = total > 0 && done >= total;
        if (last && ended) {
            return;
        }
        ended = last;
        if (!last && now - lastPrintNanos < interval()) {
            return;
        }
        lastPrintNanos = now;
        double seconds = (now - startNanos) / 1e9;
        print(done, total, saying.apply(seconds), seconds);
    }

    /** Ends the line, so that what follows starts on one of its own. */
    void finish() {
        console.endLine(this);
    }

    /** Returns how long the rest takes at the speed so far, as people say it. */
    static String left(long done, long total, double seconds) {
        return done > 0 && seconds > 0 ? duration((total - done) * seconds / done) : "?";
    }

    private long interval() {
        if (console.mode() == Mode.JSON) {
            return JSON_INTERVAL_NANOS;
        }
        return console.isTerminal() ? TERMINAL_INTERVAL_NANOS : PLAIN_INTERVAL_NANOS;
    }

    private String render(long done, long total, String detail, double seconds) {
        double rate = seconds > 0 ? done / seconds : 0;
        String more = detail.isEmpty() ? "" : ", " + detail;
        if (total == 0) {
            return String.format(Locale.ROOT, "%,d %s, %.0f/s%s", done, unit, rate, more);
        }
        return String.format(
                Locale.ROOT,
                "%3.0f %% %,d/%,d %s, %.0f/s, %s left%s",
                100.0 * done / total,
                done,
                total,
                unit,
                rate,
                left(done, total, seconds),
                more);
    }

    private void print(long done, long total, Saying saying, double seconds) {
        if (console.mode() == Mode.JSON) {
            console.event("progress", fields(done, total, saying, seconds));
        } else if (console.isTerminal()) {
            console.rewrite(this, verb + " " + bar(done, total) + saying.text());
        } else {
            console.print(verb + " " + saying.text());
        }
    }

    private Map<String, Object> fields(long done, long total, Saying saying, double seconds) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("verb", verb);
        fields.put("unit", unit);
        fields.put("done", done);
        fields.put("total", total);
        fields.put("seconds", seconds);
        fields.put("per_second", seconds > 0 ? done / seconds : Double.NaN);
        fields.put("seconds_left", total > 0 && done > 0 ? (total - done) * seconds / done : Double.NaN);
        fields.putAll(saying.fields());
        return fields;
    }

    private static String bar(long done, long total) {
        if (total == 0) {
            return "";
        }
        int full = (int) Math.min(BAR, BAR * done / total);
        return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "] ";
    }

    /** Returns seconds as people say them: {@code 42 s}, {@code 3 m 05 s}, {@code 2 h 10 m}. */
    static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        if (whole < 3600) {
            return String.format(Locale.ROOT, "%d m %02d s", whole / 60, whole % 60);
        }
        return String.format(Locale.ROOT, "%d h %02d m", whole / 3600, whole % 3600 / 60);
    }
}
