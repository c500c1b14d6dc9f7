package dev.convoke.bench;

import java.util.List;

/**
 * One measured quantity over its repetitions.
 *
 * @param median the middle repetition, or the mean of the two in the middle
 * @param min the least
 * @param max the greatest
 * @param repetitions how many there were
 */
public record Figure(double median, double min, double max, int repetitions) {

    /**
     * Returns the figure of some repetitions, in any order.
     *
     * @throws IllegalArgumentException if there are none or one is not a number
     */
    public static Figure of(List<Double> repetitions) {
        if (repetitions.isEmpty() || repetitions.stream().anyMatch(value -> value.isNaN())) {
            throw new IllegalArgumentException("No figure from " + repetitions + ": a number is needed from each "
                    + "repetition, and at least one repetition");
        }
        List<Double> sorted = repetitions.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Figure(median, sorted.get(0), sorted.get(sorted.size() - 1), sorted.size());
    }
}
