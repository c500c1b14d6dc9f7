package dev.convoke.evaluation.report;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {

    private static final String NONE = "–";

    private Numbers() {}

    /** Returns a share as percent with one decimal. */
    static String percent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : NONE;
    }

    /** Returns a count with thousands set apart. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** Returns a number to three or four figures. */
    static String plain(double value) {
        if (!Double.isFinite(value)) {
            return NONE;
        }
        double size = Math.abs(value);
        if (size >= 100_000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        if (size != 0 && size < 0.001) {
            return String.format(Locale.ROOT, "%.1e", value);
        }
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.4f";
        String text = String.format(Locale.ROOT, format, value);
        return size < 1 ? text.replaceAll("(\\.\\d+?)0+$", "$1").replaceAll("\\.0$", "") : text;
    }

    /**
     * Returns a number's text without zeros behind the point, as ticks of an axis need no figures that are all alike.
     */
    static String trimmed(String text) {
        return text.replaceAll("(\\.\\d*?)0+(?=$| )", "$1").replaceAll("\\.(?=$| )", "");
    }

    /** Returns a time span in the largest units that matter. */
    static String duration(double millis) {
        long seconds = Math.round(millis / 1000);
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000);
        }
        if (seconds < 3600) {
            return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds % 3600 / 60);
    }

    /** Returns a coordinate of a drawing. */
    static String coordinate(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
