package dev.convoke.engine;

import java.util.List;

/**
 * Where everything stands in the state vector of a network: first the parameters in DL4J's flat order, then the updater
 * state in DL4J's order. Averaging, checkpoints and export speak this vector and never know which engine ran.
 *
 * @param segments the parameters, in order, without gaps, from offset 0 to {@code parameterCount}
 * @param parameterCount values in the parameter part, batch-norm statistics included
 * @param updaterStateCount values in the updater part (one momentum value for each trainable parameter, or none)
 */
public record StateLayout(List<Segment> segments, int parameterCount, int updaterStateCount) {

    /** What a segment of parameters is for: batch-norm statistics are averaged differently from all others. */
    public enum Kind {
        WEIGHT,
        BIAS,
        GAMMA,
        BETA,
        MEAN,
        VARIANCE
    }

    /**
     * One parameter array of one layer.
     *
     * @param layer the layer's name in the graph
     * @param parameter DL4J's name for the array ({@code W}, {@code b}, {@code gamma}, ...)
     * @param kind what it is for
     * @param offset its first value in the state vector
     * @param length how many values it has
     */
    public record Segment(String layer, String parameter, Kind kind, int offset, int length) {}

    /** Copies the list, so that the layout cannot change. */
    public StateLayout {
        segments = List.copyOf(segments);
    }

    /** Returns how many float32 values the state vector has. */
    public int valueCount() {
        return Math.addExact(parameterCount, updaterStateCount);
    }

    /**
     * Checks a range of the state vector.
     *
     * @throws IllegalArgumentException if it is not inside
     */
    public void requireRange(int offset, int count) {
        if (offset < 0 || count > valueCount() - offset) {
            throw new IllegalArgumentException("The state has " + valueCount() + " values, asked for " + count
                    + " from " + offset + ": give a range inside it");
        }
    }
}
