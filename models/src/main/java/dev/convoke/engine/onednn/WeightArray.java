package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * One parameter array and its momentum. It stands row by row until the first program chooses a layout for it, and keeps
 * that one from then on.
 */
final class WeightArray implements AutoCloseable {

    private final Parameter parameter;
    private final Region values;
    private @Nullable Region momentum;
    private @Nullable NativeBlock valueBlock;
    private @Nullable NativeBlock momentumBlock;
    private Layout layout;
    private Layout plain;
    private boolean settled;

    private WeightArray(Parameter parameter, Layout plain, @Nullable NativeBlock block) {
        this.parameter = parameter;
        this.layout = plain;
        this.plain = plain;
        this.valueBlock = block;
        this.values = new Region(plain.bytes());
        if (block != null) {
            values.placeAt(block.at(0));
        }
    }

    /** Returns an array of zeros. */
    static WeightArray of(Parameter parameter, Layout plain) {
        return new WeightArray(parameter, plain, new NativeBlock(plain.bytes()));
    }

    /** Returns an array that has layouts but stands nowhere. */
    static WeightArray withoutMemory(Parameter parameter, Layout plain) {
        return new WeightArray(parameter, plain, null);
    }

    Parameter parameter() {
        return parameter;
    }

    Layout layout() {
        return layout;
    }

    /** Returns the layout that has DL4J's order. */
    Layout plain() {
        return plain;
    }

    /** Returns whether a program has chosen the layout. */
    boolean isSettled() {
        return settled;
    }

    Tensor values() {
        return new Tensor(layout, values);
    }

    /** Returns the momentum, zero if there was none yet. */
    Tensor momentum() {
        if (momentum == null) {
            momentum = new Region(layout.bytes());
            if (valueBlock != null) {
                momentumBlock = new NativeBlock(layout.bytes());
                momentum.placeAt(momentumBlock.at(0));
            }
        }
        return new Tensor(layout, momentum);
    }

    boolean hasMomentum() {
        return momentum != null;
    }

    /** Returns whether training needs a momentum that is not there yet. */
    boolean lacksMomentum() {
        return momentum == null && parameter.momentumOffset() >= 0;
    }

    /**
     * Moves the array into the layout of an operation, once.
     *
     * @param rows the row-major layout of the same dimensions
     */
    void settle(Layout chosen, Layout rows, Reorder reorder) {
        if (settled) {
            throw new IllegalStateException("The array " + parameter.segment() + " has its layout already");
        }
        settled = true;
        plain = rows;
        if (chosen.sameAs(plain)) {
            layout = chosen;
            return;
        }
        if (valueBlock != null) {
            valueBlock = moved(values, valueBlock, plain, chosen, reorder);
        }
        if (momentum != null && momentumBlock != null) {
            momentumBlock = moved(momentum, momentumBlock, plain, chosen, reorder);
        }
        layout = chosen;
    }

    private static NativeBlock moved(Region region, NativeBlock old, Layout plain, Layout chosen, Reorder reorder) {
        NativeBlock block = new NativeBlock(chosen.bytes());
        reorder.run(plain, old.at(0), chosen, block.at(0));
        region.placeAt(block.at(0));
        old.close();
        return block;
    }

    @Override
    public void close() {
        if (valueBlock != null) {
            valueBlock.close();
        }
        if (momentumBlock != null) {
            momentumBlock.close();
        }
    }
}
