package dev.convoke.engine.cuda;

import org.jspecify.annotations.Nullable;

/**
 * What the forward pass of a node leaves behind.
 *
 * @param source the first input, as it was read
 * @param result the output
 * @param logits the output in float32, of the layer before the classifier
 * @param statistics of a batch normalisation
 * @param largest of a pool of the largest
 * @param norm the batch normalisation that was computed together with this addition or pool, or -1
 */
record Saved(
        Tensor source,
        Tensor result,
        @Nullable Region logits,
        @Nullable Region statistics,
        @Nullable Largest largest,
        int norm) {

    /**
     * The largest values that a pool found.
     *
     * @param places where in their windows
     * @param chosen what they were before the normalisation that was computed together with the pool, or null
     */
    record Largest(Region places, @Nullable Tensor chosen) {}

    static Saved of(Tensor source, Tensor result) {
        return new Saved(source, result, null, null, null, -1);
    }

    static Saved norm(Tensor source, Tensor result, Region statistics) {
        return new Saved(source, result, null, statistics, null, -1);
    }

    static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("A pass needs what the pass before did not leave");
        }
        return value;
    }
}
