package dev.convoke.engine.onednn;

import org.jspecify.annotations.Nullable;

/**
 * What the forward pass of a node leaves behind.
 *
 * @param source the first input, as it was read
 * @param result the output
 * @param forward how it was computed; null for what needs no primitive
 * @param workspace what only the primitive understands
 * @param mean of each channel of the minibatch
 * @param variance of each channel of the minibatch
 */
record Saved(
        Tensor source,
        Tensor result,
        @Nullable Description forward,
        @Nullable Tensor workspace,
        @Nullable Tensor mean,
        @Nullable Tensor variance) {

    static Saved of(Tensor source, Tensor result, @Nullable Description forward) {
        return new Saved(source, result, forward, null, null, null);
    }

    Description description() {
        return present(forward);
    }

    static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("A backward pass needs what its forward pass did not leave");
        }
        return value;
    }
}
