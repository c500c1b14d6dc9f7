package dev.convoke.engine.onednn;

import dev.convoke.engine.onednn.Descriptions.Operands;
import java.util.function.Function;

/** Chooses the arrays of a weight gradient so that oneDNN has a fast implementation for them. */
final class WeightGradient {

    private WeightGradient() {}

    /**
     * Describes a weight gradient: into the weights' own layout if that is fast, else into one that oneDNN likes, else
     * row by row, for which it has matrix products. Images smaller than their kernel need the last: blocked, they are
     * left to an implementation that takes hundreds of times as long.
     *
     * @param arrays as they are
     * @param gradient describes it for other layouts of the same arrays
     */
    static Description describe(Natives natives, Operands arrays, Function<Operands, Description> gradient) {
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

    private static Layout plain(Natives natives, Layout layout) {
        return natives.plain(layout.type(), layout.dimensions());
    }
}
