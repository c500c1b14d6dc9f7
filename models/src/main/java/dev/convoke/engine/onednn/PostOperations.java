package dev.convoke.engine.onednn;

import org.jspecify.annotations.Nullable;

/**
 * What a primitive does to each value before it writes it, in this order.
 *
 * @param residual is added value by value, if present
 * @param relu whether only what is positive passes
 */
record PostOperations(@Nullable Layout residual, boolean relu) {

    /** Nothing. */
    static final PostOperations NONE = new PostOperations(null, false);
}
