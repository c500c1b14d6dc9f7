package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;

import dev.convoke.engine.onednn.Descriptions.Operands;
import java.util.function.Function;

/** Chooses the arrays of a gradient so that oneDNN has a fast implementation for them. */
final class GradientLayouts {

    private GradientLayouts() {}

    /**
     * Describes a weight gradient: into the weights' own layout if that is fast, else into one that oneDNN likes, else
     * row by row, for which it has matrix products. Images smaller than their kernel need the last: blocked, they are
     * left to an implementation that takes hundreds of times as long.
     *
     * @param arrays as they are
     * @param gradient describes it for other layouts of the same arrays
     */
    static Description ofWeights(Natives natives, Operands arrays, Function<Operands, Description> gradient) {
        Description description = gradient.apply(arrays);
        Layout weights = arrays.weights();
        if (description.isReference()) {
            Layout any = natives.any(weights.type(), weights.dimensions());
            description = gradient.apply(new Operands(arrays.source(), any, arrays.bias(), arrays.result()));
        }
        if (description.isReference()) {
            description = gradient.apply(new Operands(
                    plain(natives, arrays.source()),
                    plain(natives, weights),
                    arrays.bias(),
                    plain(natives, arrays.result())));
        }
        return description;
    }

    /**
     * Describes a convolution's data gradient: in the layouts of the arrays if that is fast, else channels last. Images
     * of few channels need the latter: row by row, theirs is left to an implementation that takes hundreds of times as
     * long.
     *
     * @param arrays as they are; the weights in a layout of oneDNN's choice
     * @param gradient describes it for other layouts of the same arrays
     */
    static Description ofData(Natives natives, Operands arrays, Function<Operands, Description> gradient) {
        Description description = gradient.apply(arrays);
        if (description.isReference()) {
            description = gradient.apply(new Operands(
                    channelsLast(natives, arrays.source()),
                    arrays.weights(),
                    null,
                    channelsLast(natives, arrays.result())));
        }
        return description;
    }

    private static Layout plain(Natives natives, Layout layout) {
        return natives.plain(layout.type(), layout.dimensions());
    }

    private static Layout channelsLast(Natives natives, Layout layout) {
        return natives.tagged(dnnl_acdb, layout.type(), layout.dimensions());
    }
}
