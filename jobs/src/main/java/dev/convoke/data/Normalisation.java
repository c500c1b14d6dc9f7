package dev.convoke.data;

import java.io.Serializable;
import java.util.List;

/**
 * What is subtracted from each channel and what it is divided by, on the scale of 0 to 1.
 *
 * @param mean of red, green, blue
 * @param deviation standard deviation of red, green, blue; above 0
 */
public record Normalisation(List<Double> mean, List<Double> deviation) implements Serializable {

    /** The statistics of ImageNet that published networks use. */
    public static final Normalisation IMAGENET =
            new Normalisation(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

    /** Copies the lists and checks them. */
    public Normalisation {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
        boolean usable = mean.size() == 3
                && deviation.size() == 3
                && mean.stream().allMatch(Double::isFinite)
                && deviation.stream().allMatch(value -> value > 0 && Double.isFinite(value));
        if (!usable) {
            throw new IllegalArgumentException("A normalisation needs three means and three deviations above 0, not "
                    + mean + " and " + deviation);
        }
    }

    /** Returns for each channel the float each of the 256 byte values becomes. */
    float[][] table() {
        float[][] table = new float[3][256];
        for (int channel = 0; channel < 3; channel++) {
            for (int value = 0; value < 256; value++) {
                table[channel][value] = (float) ((value / 255.0 - mean.get(channel)) / deviation.get(channel));
            }
        }
        return table;
    }
}
