package dev.convoke.shard;

import java.util.List;

/**
 * Mean and standard deviation of red, green and blue over all pixels, on the scale of 0 to 1.
 *
 * @param mean of each channel
 * @param deviation standard deviation of each channel
 * @param pixels over how many pixels; 0 in datasets of older programs
 */
public record ChannelStatistics(List<Double> mean, List<Double> deviation, long pixels) {

    /** Describes pixels that nobody counted. */
    public ChannelStatistics(List<Double> mean, List<Double> deviation) {
        this(mean, deviation, 0);
    }

    /** Copies the lists. */
    public ChannelStatistics {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
    }
}
