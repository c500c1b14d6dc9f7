package dev.convoke.data;

import java.io.Serializable;
import java.util.List;

/**
 * Sums over pixels, on the scale of 0 to 1, that merge: the mean and spread of a whole dataset from those of its
 * images. Immutable.
 *
 * @param pixels how many
 * @param sums of red, green and blue
 * @param squares sums of their squares
 */
public record PixelStatistics(long pixels, List<Double> sums, List<Double> squares) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** No pixels. */
    public static final PixelStatistics NONE = new PixelStatistics(0, List.of(0.0, 0.0, 0.0), List.of(0.0, 0.0, 0.0));

    /** Copies the lists. */
    public PixelStatistics {
        sums = List.copyOf(sums);
        squares = List.copyOf(squares);
    }

    static PixelStatistics ofImage(long pixels, double[] means, double[] deviations) {
        double[] sums = new double[3];
        double[] squares = new double[3];
        for (int channel = 0; channel < 3; channel++) {
            double mean = means[channel] / 255;
            double deviation = deviations[channel] / 255;
            sums[channel] = pixels * mean;
            squares[channel] = pixels * (mean * mean + deviation * deviation);
        }
        return new PixelStatistics(
                pixels, List.of(sums[0], sums[1], sums[2]), List.of(squares[0], squares[1], squares[2]));
    }

    /** Returns the sums over these pixels and others together. */
    public PixelStatistics plus(PixelStatistics other) {
        return new PixelStatistics(pixels + other.pixels, sum(sums, other.sums), sum(squares, other.squares));
    }

    private static List<Double> sum(List<Double> one, List<Double> other) {
        return List.of(one.get(0) + other.get(0), one.get(1) + other.get(1), one.get(2) + other.get(2));
    }

    /** Returns the mean of each channel; 0 if there are no pixels. */
    public List<Double> mean() {
        return sums.stream().map(sum -> pixels == 0 ? 0 : sum / pixels).toList();
    }

    /** Returns the standard deviation of each channel; 0 if there are no pixels. */
    public List<Double> deviation() {
        List<Double> mean = mean();
        return java.util.stream.IntStream.range(0, 3)
                .mapToObj(channel -> {
                    double square = pixels == 0 ? 0 : squares.get(channel) / pixels;
                    return Math.sqrt(Math.max(0, square - mean.get(channel) * mean.get(channel)));
                })
                .toList();
    }
}
