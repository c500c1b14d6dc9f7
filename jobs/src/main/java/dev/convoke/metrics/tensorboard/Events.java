package dev.convoke.metrics.tensorboard;

import dev.convoke.models.NetworkSummary;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What TensorBoard shows of one step of one split: scalars, histograms, images and the graph. Filled once and written
 * whole by {@link EventLog}. Not thread-safe.
 */
public final class Events {

    private static final int RGB = 3;
    private static final int BUCKETS = 40;

    private final double wallTime;
    private final long step;
    private final ProtocolBuffer summary = new ProtocolBuffer();
    private @Nullable ProtocolBuffer graph;

    /**
     * Starts with nothing.
     *
     * @param time when it was measured
     * @param step the round, which TensorBoard draws along
     */
    public Events(Instant time, long step) {
        this.wallTime = time.getEpochSecond() + time.getNano() / 1e9;
        this.step = step;
    }

    /** Returns the step. */
    public long step() {
        return step;
    }

    /** Adds one figure; what is not a number is left out, as TensorBoard would draw it nowhere. */
    public Events scalar(String tag, double value) {
        if (Double.isFinite(value)) {
            summary.message(1, new ProtocolBuffer().text(1, tag).single(2, (float) value));
        }
        return this;
    }

    /** Adds figures in the order of their tags. */
    public Events scalars(String prefix, Map<String, Double> values) {
        new TreeMap<>(values).forEach((tag, value) -> scalar(prefix + tag, value));
        return this;
    }

    /**
     * Adds the distribution of values over 40 buckets of equal width.
     *
     * @param values read, not retained; those that are not finite are left out
     */
    public Events histogram(String tag, float[] values) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (float value : values) {
            if (Float.isFinite(value)) {
                low = Math.min(low, value);
                high = Math.max(high, value);
                sum += value;
                squares += (double) value * value;
                count++;
            }
        }
        if (count == 0) {
            return this;
        }
        double width = high > low ? (high - low) / BUCKETS : 1;
        double[] limits = new double[BUCKETS];
        double[] counts = new double[BUCKETS];
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            limits[bucket] = low + (bucket + 1) * width;
        }
        for (float value : values) {
            if (Float.isFinite(value)) {
                counts[(int) Math.min(BUCKETS - 1, (value - low) / width)]++;
            }
        }
        ProtocolBuffer histogram = new ProtocolBuffer()
                .decimal(1, low)
                .decimal(2, high)
                .decimal(3, (double) count)
                .decimal(4, sum)
                .decimal(5, squares)
                .decimals(6, limits)
                .decimals(7, counts);
        summary.message(1, new ProtocolBuffer().text(1, tag).message(5, histogram));
        return this;
    }

    /**
     * Adds an image.
     *
     * @param encoded a JPEG or PNG file, shown as it is
     * @param width in pixels
     * @param height in pixels
     */
    public Events image(String tag, byte[] encoded, int width, int height) {
        ProtocolBuffer image = new ProtocolBuffer()
                .whole(1, height)
                .whole(2, width)
                .whole(3, RGB)
                .bytes(4, encoded);
        summary.message(1, new ProtocolBuffer().text(1, tag).message(4, image));
        return this;
    }

    /** Adds the network's graph. */
    public Events graph(NetworkSummary network) {
        graph = GraphDefinition.of(network);
        return this;
    }

    /** Returns what every event file begins with. */
    static byte[] version(double wallTime) {
        return new ProtocolBuffer()
                .decimal(1, wallTime)
                .text(3, "brain.Event:2")
                .toBytes();
    }

    /** Returns what tells TensorBoard to forget this step and those after it, because they follow. */
    static byte[] startingAgain(double wallTime, long step) {
        return new ProtocolBuffer()
                .decimal(1, wallTime)
                .whole(2, step)
                .message(7, new ProtocolBuffer().whole(1, 1))
                .toBytes();
    }

    /** Returns the content of an event file: the version every file begins with, then the graph, then this step. */
    byte[] toFile() {
        EventRecords records = new EventRecords();
        records.add(version(wallTime));
        if (graph != null) {
            records.add(
                    new ProtocolBuffer().decimal(1, wallTime).message(4, graph).toBytes());
        }
        records.add(new ProtocolBuffer()
                .decimal(1, wallTime)
                .whole(2, step)
                .message(5, summary)
                .toBytes());
        return records.toBytes();
    }
}
