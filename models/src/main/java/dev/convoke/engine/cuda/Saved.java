package dev.convoke.engine.cuda;

import org.jspecify.annotations.Nullable;

/**
 * What the forward pass of a node leaves behind.
 *
 * @param source the first input, as it was read
 * @param result the output
 * @param logits the output in float32, of the layer before the classifier
 * @param statistics of a batch normalisation
 * @param places of the largest values of a pool
 * @param norm the batch normalisation that was computed together with this addition, or -1
 */
record Saved(
        Tensor source,
        Tensor result,
        @Nullable Region logits,
        @Nullable Region statistics,
        @Nullable Region places,
        int norm) {

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
