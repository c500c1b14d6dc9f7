package dev.convoke.engine;

import dev.convoke.models.ImageShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A reusable minibatch in native memory: filled by the reader of examples, read by a {@link Replica}.
 *
 * <p>Images are {@code [capacity, channels, height, width]} float32, already normalised; targets are {@code [capacity,
 * classes]}, each row the probabilities of the classes (one-hot, smoothed or mixed) times the example's weight, so that
 * a row adds up to the weight and both loss and gradient are multiplied by it. Only the first {@link #size()} rows
 * count. Not thread-safe; the owner of the replica owns it.
 *
 * <p>One made by {@link #ofPixels} has its images as bytes instead, for replicas on GPUs.
 */
public final class Minibatch {

    private final ImageShape shape;
    private final int classes;
    private final int capacity;
    private final @Nullable FloatBuffer images;
    private final @Nullable PixelImages pixels;
    private final FloatBuffer targets;
    private int size;
    private long fills;

    /** Allocates room for {@code capacity} examples. */
    public Minibatch(ImageShape shape, int classes, int capacity) {
        this(shape, classes, capacity, null);
    }

    private Minibatch(ImageShape shape, int classes, int capacity, @Nullable PixelImages pixels) {
        this.shape = shape;
        this.classes = classes;
        this.capacity = capacity;
        this.pixels = pixels;
        this.images = pixels == null ? allocate(Math.multiplyExact(capacity, shape.valueCount())) : null;
        this.targets = allocate(Math.multiplyExact(capacity, classes));
    }

    /**
     * Allocates room for {@code capacity} examples whose images are bytes.
     *
     * @param values {@code [3][256]}: what each byte stands for, of red, green and blue
     */
    public static Minibatch ofPixels(ImageShape shape, int classes, int capacity, float[][] values) {
        return new Minibatch(shape, classes, capacity, new PixelImages(shape, capacity, values));
    }

    /** Returns the shape of one image. */
    public ImageShape shape() {
        return shape;
    }

    /** Returns the number of classes a target row has. */
    public int classes() {
        return classes;
    }

    /** Returns how many examples fit. */
    public int capacity() {
        return capacity;
    }

    /** Returns how many examples are in use. */
    public int size() {
        return size;
    }

    /** Declares the first {@code size} rows filled; the last minibatch of an epoch is usually short. */
    public void resize(int size) {
        if (size < 0 || size > capacity) {
            throw new IllegalArgumentException("A minibatch with room for " + capacity + " cannot hold " + size);
        }
        this.size = size;
        fills++;
    }

    /** Returns how often it has been declared filled: whoever copied its rows can tell whether they are still these. */
    public long fills() {
        return fills;
    }

    /**
     * Checks that a replica can take it.
     *
     * @param wantedShape of the replica's images
     * @param wantedClasses that the replica tells apart
     * @param largest the most examples it takes at once
     * @throws IllegalArgumentException if it cannot
     */
    public void requireFits(ImageShape wantedShape, long wantedClasses, int largest) {
        if (!shape.equals(wantedShape) || classes != wantedClasses || size < 1 || size > largest) {
            throw new IllegalArgumentException("This replica takes 1 to " + largest + " examples of " + wantedShape
                    + " and " + wantedClasses + " classes, got " + size + " of " + shape + " and " + classes
                    + " classes: open another replica for another shape");
        }
    }

    /**
     * Returns the whole image buffer, {@code [capacity, channels, height, width]}; index it absolutely.
     *
     * @throws IllegalStateException if the images are bytes
     */
    public FloatBuffer images() {
        if (images == null) {
            throw new IllegalStateException(
                    "The images of this minibatch are bytes, which only a replica on a GPU reads: give another replica"
                            + " one made with float32 images");
        }
        return images;
    }

    /** Returns a copy of one image's values, {@code [channels, height, width]}, as every replica sees them. */
    public float[] values(int row) {
        float[] values = new float[shape.valueCount()];
        if (pixels != null) {
            pixels.render(row, FloatBuffer.wrap(values), 0);
        } else {
            images().get(row * values.length, values);
        }
        return values;
    }

    /** Returns the images where they are bytes. */
    public Optional<PixelImages> pixels() {
        return Optional.ofNullable(pixels);
    }

    /** Returns the whole target buffer, {@code [capacity, classes]}; index it absolutely. */
    public FloatBuffer targets() {
        return targets;
    }

    /**
     * Writes a one-hot target, smoothed by {@code smoothing}: {@code 1 - s + s/classes} for the label,
     * {@code s/classes} elsewhere.
     */
    public void target(int row, int label, double smoothing) {
        float rest = (float) (smoothing / classes);
        for (int c = 0; c < classes; c++) {
            targets.put(row * classes + c, rest);
        }
        targets.put(row * classes + label, (float) (1 - smoothing + smoothing / classes));
    }

    /** Multiplies a target by a weight: what the example counts in the loss, 1 for one that was not weighed. */
    public void weigh(int row, double weight) {
        for (int at = row * classes; at < (row + 1) * classes; at++) {
            targets.put(at, (float) (targets.get(at) * weight));
        }
    }

    private static FloatBuffer allocate(int values) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
