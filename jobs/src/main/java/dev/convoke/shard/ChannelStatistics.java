package dev.convoke.shard;

import java.util.List;

/**
 * Mean and standard deviation of red, green and blue over all pixels, on the scale of 0 to 1.
 *
 * @param mean of each channel
 * @param deviation standard deviation of each channel
 */
public record ChannelStatistics(List<Double> mean, List<Double> deviation) {

    /** Copies the lists. */
    public ChannelStatistics {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
    }
}
