package dev.convoke.bench.gpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How far the parts of a result are from what is expected, beside how far they may be. */
final class Deviations {

    /** So many of those that are too large are named, in the order of the network. */
    private static final int NAMED = 8;

    private final Map<String, Deviation> worstByKind = new LinkedHashMap<>();
    private final List<Deviation> tooLarge = new ArrayList<>();

    /** One deviation; an infinite tolerance only reports. */
    private record Deviation(String kind, String where, double value, double tolerance) {

        double share() {
            return value / tolerance;
        }

        boolean isOk() {
            // Not a number is not ok.
            return tolerance == Double.POSITIVE_INFINITY ? Double.isFinite(value) : value <= tolerance;
        }

        String text() {
            String at = where.isEmpty() ? "" : " at " + where;
            String limit = tolerance == Double.POSITIVE_INFINITY
                    ? " (reported only)"
                    : String.format(Locale.ROOT, " of %.1e", tolerance);
            return String.format(Locale.ROOT, "%s %.1e%s%s", kind, value, limit, at);
        }
    }

    /** Adds one: what kind it is, where it is, how large it is and how large it may be. */
    void add(String kind, String where, double value, double tolerance) {
        Deviation deviation = new Deviation(kind, where, value, tolerance);
        worstByKind.merge(kind, deviation, (old, other) -> larger(old, other) ? old : other);
        if (!deviation.isOk()) {
            tooLarge.add(deviation);
        }
    }

    /** Returns whether all are within their tolerances. */
    boolean areOk() {
        return tooLarge.isEmpty();
    }

    /** Returns the largest as a multiple of its tolerance. */
    double worst() {
        return worstByKind.values().stream().mapToDouble(Deviation::share).max().orElse(0);
    }

    /** Returns those that are too large, else the largest of each kind. */
    String text() {
        List<String> parts = new ArrayList<>();
        if (areOk()) {
            worstByKind.values().stream()
                    .filter(deviation -> !deviation.kind().equals("twice"))
                    .map(Deviation::text)
                    .forEach(parts::add);
            parts.add("twice the same bits");
        } else {
            tooLarge.stream().limit(NAMED).map(Deviation::text).forEach(parts::add);
            if (tooLarge.size() > NAMED) {
                parts.add("and " + (tooLarge.size() - NAMED) + " more");
            }
        }
        return String.join("; ", parts);
    }

    private static boolean larger(Deviation one, Deviation other) {
        if (one.tolerance() == Double.POSITIVE_INFINITY && other.tolerance() == Double.POSITIVE_INFINITY) {
            return one.value() >= other.value() || Double.isNaN(one.value());
        }
        return one.share() >= other.share() || Double.isNaN(one.share());
    }
}
