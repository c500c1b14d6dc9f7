package dev.convoke.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * One steady line on stderr that says how far a job is, how fast, and how long it will take. On a terminal the line is
 * rewritten in place; elsewhere a new line is printed at most every ten seconds.
 */
final class ProgressLine {

    private static final long TERMINAL_INTERVAL_NANOS = Duration.ofMillis(200).toNanos();
    private static final long PLAIN_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

    private final String verb;
    private final String unit;
    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoClock;
    private final long startNanos;
    private long lastPrintNanos;
    private int lastLength;
    private boolean ended;

    /**
     * Starts the clock.
     *
     * @param verb what is going on, such as "sharding"
     * @param unit what is counted, such as "images"
     * @param terminal whether {@code out} is a terminal
     */
    ProgressLine(String verb, String unit, PrintStream out, boolean terminal, LongSupplier nanoClock) {
        this.verb = verb;
        this.unit = unit;
        this.out = out;
        this.terminal = terminal;
        this.nanoClock = nanoClock;
        this.startNanos = nanoClock.getAsLong();
        this.lastPrintNanos = startNanos - PLAIN_INTERVAL_NANOS;
    }

    /**
     * Returns a line on this process's stderr; the launcher says whether that is a terminal, which Java cannot tell.
     */
    static ProgressLine onConsole(String verb, String unit) {
        return new ProgressLine(verb, unit, System.err, Boolean.getBoolean("convoke.terminal"), System::nanoTime);
    }

    /**
     * Shows that {@code done} of {@code total} are finished, if it is time to show anything; the last line always
     * comes, once.
     *
     * @param total 0 while nobody knows
     */
    synchronized void update(long done, long total, String detail) {
        long now = nanoClock.getAsLong();
        boolean last = total > 0 && done >= total;
        if (last && ended) {
            return;
        }
        ended = last;
        if (!last && now - lastPrintNanos < (terminal ? TERMINAL_INTERVAL_NANOS : PLAIN_INTERVAL_NANOS)) {
            return;
        }
        lastPrintNanos = now;
        print(render(done, total, detail, (now - startNanos) / 1e9));
    }

    /** Ends the line, so that what follows starts on one of its own. */
    synchronized void finish() {
        if (terminal && lastLength > 0) {
            out.println();
            lastLength = 0;
        }
    }

    private String render(long done, long total, String detail, double seconds) {
        double rate = seconds > 0 ? done / seconds : 0;
        String more = detail.isEmpty() ? "" : ", " + detail;
        if (total == 0) {
            return String.format(Locale.ROOT, "%s %,d %s, %.0f/s%s", verb, done, unit, rate, more);
        }
        String left = rate > 0 ? duration((total - done) / rate) : "?";
        return String.format(
                Locale.ROOT,
                "%s %3.0f %% %,d/%,d %s, %.0f/s, %s left%s",
                verb,
                100.0 * done / total,
                done,
                total,
                unit,
                rate,
                left,
                more);
    }

    private void print(String line) {
        if (terminal) {
            String padding = " ".repeat(Math.max(0, lastLength - line.length()));
            out.print("\r" + line + padding);
            lastLength = line.length();
        } else {
            out.println(line);
        }
        out.flush();
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
