package dev.convoke.evaluation.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear scale with round ticks.
 *
 * @param low value at its start
 * @param high value at its end
 * @param from coordinate of its start
 * @param to coordinate of its end
 */
record Axis(double low, double high, double from, double to) {

    /** Returns an axis whose ends are round numbers around the values. */
    static Axis around(double low, double high, double from, double to) {
        double top = high > low ? high : low + Math.max(1e-9, Math.abs(low) * 0.1);
        double step = step(low, top, 4);
        return new Axis(Math.floor(low / step + 1e-9) * step, Math.ceil(top / step - 1e-9) * step, from, to);
    }

    /** Returns where a value stands. */
    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** Returns round values from one end to the other, about as many as asked. */
    List<Double> ticks(int about) {
        double step = step(low, high, about);
        List<Double> ticks = new ArrayList<>();
        for (double n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
            ticks.add(n * step + 0.0); // never minus zero
        }
        return ticks;
    }

    private static double step(double low, double high, int about) {
        double rough = (high - low) / about;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double digit = rough / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }
}
