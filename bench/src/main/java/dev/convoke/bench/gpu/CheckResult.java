package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import java.util.Locale;

/**
 * What became of one case.
 *
 * @param name of the case
 * @param precision it was computed in
 * @param ok whether everything was within its tolerance
 * @param worst the largest deviation as a multiple of its tolerance, or -1 if there is none
 * @param text what deviated by how much, or why there is no result; one line
 */
record CheckResult(String name, Precision precision, boolean ok, double worst, String text) {

    private static final int FRAMES = 4;

    /** Returns the result of a case that could not be computed. */
    static CheckResult failed(String name, Precision precision, String why) {
        return new CheckResult(name, precision, false, -1, why.replaceAll("\\s*\\R\\s*", " | "));
    }

    /** Returns the result of a case that ended in an exception or an error: what it said, and where it came from. */
    static CheckResult failed(String name, Precision precision, Throwable failure) {
        return failed(name, precision, text(failure));
    }

    /** Returns what an exception or an error said and where it came from, in a few lines. */
    static String text(Throwable failure) {
        StringBuilder text = new StringBuilder(failure.toString());
        StackTraceElement[] trace = failure.getStackTrace();
        for (int i = 0; i < Math.min(FRAMES, trace.length); i++) {
            text.append("\n at ").append(trace[i].getFileName()).append(':').append(trace[i].getLineNumber());
        }
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            text.append("\n caused by ").append(cause);
        }
        return text.toString();
    }

    /** Returns the line that is printed: {@code case precision ok|FAILED worst what}. */
    String line() {
        return String.format(
                Locale.ROOT,
                "%-28s %-8s %s %s  %s",
                name,
                precision.name().toLowerCase(Locale.ROOT),
                ok ? "ok    " : "FAILED",
                worst < 0 ? "-" : String.format(Locale.ROOT, "%.2gx of tolerance", worst),
                text);
    }
}
