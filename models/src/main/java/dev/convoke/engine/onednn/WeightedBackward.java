package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.onednn.Call.Argument;
import dev.convoke.engine.onednn.Descriptions.Operands;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Emits the backward passes of the layers that have weights to multiply by, and the updates of those weights. Each
 * takes the gradient of the layer's result before its ReLU, and returns that of its input, or null where that is not
 * wanted.
 */
final class WeightedBackward {

    private final Compilation compilation;
    private final ProgramBuilder builder;

    WeightedBackward(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
    }

    @Nullable
    Tensor convolution(Node node, Convolution convolution, Saved left, Tensor given, boolean isWanted) {
        if (WinogradChoice.isFor(
                convolution,
                left.source().layout(),
                given.layout(),
                compilation.weightArray(node).layout())) {
            return byTiles(node, convolution, left.source(), given, isWanted);
        }
        Geometry geometry =
                Geometry.of(convolution.window(), compilation.input(node).shape());
        Layout any = any(compilation.kernelDimensions(node, convolution));
        Description data = GradientLayouts.ofData(
                builder.natives(),
                new Operands(left.source().layout(), any, null, given.layout()),
                arrays -> builder.descriptions().convolutionBackwardData(arrays, geometry, left.description()));
        Tensor passed = isWanted ? data(node, given, data) : null;
        weights(
                node,
                left,
                given,
                arrays -> builder.descriptions().convolutionBackwardWeights(arrays, geometry, left.description()));
        return passed;
    }

    private @Nullable Tensor byTiles(
            Node node, Convolution convolution, Tensor source, Tensor given, boolean isWanted) {
        Tensor passed = null;
        if (isWanted) {
            passed = builder.allocate(compilation.images(compilation.dimensions(compilation.input(node))));
            compilation.winograd().data(node, convolution, given, passed);
        }
        if (!node.isFrozen()) {
            Tensor weights = builder.allocate(compilation.weightArray(node).layout());
            Tensor bias = biasGradient(node);
            WinogradGradient.Results results = new WinogradGradient.Results(weights, bias);
            compilation.winograd().weights(node, convolution, source, given, results);
            update(node, weights, bias);
        }
        return passed;
    }

    @Nullable
    Tensor dense(Node node, Saved left, Tensor given, boolean isWanted) {
        Layout source = left.source().layout();
        Layout forward = left.description().layout(dnnl_query_weights_md);
        Function<Layout, Description> data = weights -> builder.descriptions()
                .denseBackwardData(new Operands(source, weights, null, given.layout()), left.description());
        Description same = data.apply(forward);
        Description chosen = same.isReference() ? data.apply(any(forward.dimensions())) : same;
        Tensor passed = isWanted ? data(node, given, chosen) : null;
        weights(node, left, given, arrays -> builder.descriptions().denseBackwardWeights(arrays, left.description()));
        return passed;
    }

    private Layout any(long[] dimensions) {
        return builder.natives().any(builder.dataType(), dimensions);
    }

    /** Comes before the weights' gradient: it needs them as they were before the update. */
    private Tensor data(Node node, Tensor given, Description data) {
        Tensor passed = builder.allocate(data.layout(dnnl_query_diff_src_md));
        builder.call(
                node.layer(),
                "data gradient",
                compilation.flops(node),
                data,
                new Argument(DNNL_ARG_WEIGHTS, compilation.weights(node, data.layout(dnnl_query_weights_md))),
                new Argument(DNNL_ARG_DIFF_DST, builder.as(node.layer(), given, data.layout(dnnl_query_diff_dst_md))),
                new Argument(DNNL_ARG_DIFF_SRC, passed));
        return passed;
    }

    private void weights(Node node, Saved left, Tensor given, Function<Operands, Description> weights) {
        if (node.isFrozen()) {
            // It is here only because what is added to its result learns.
            return;
        }
        Layout kept = compilation.weightArray(node).layout();
        Description description = GradientLayouts.ofWeights(
                builder.natives(),
                new Operands(left.source().layout(), kept, compilation.biasLayout(node), given.layout()),
                weights);
        List<Argument> arguments = new ArrayList<>(List.of(
                new Argument(
                        DNNL_ARG_SRC, builder.as(node.layer(), left.source(), description.layout(dnnl_query_src_md))),
                new Argument(
                        DNNL_ARG_DIFF_DST,
                        builder.as(node.layer(), given, description.layout(dnnl_query_diff_dst_md)))));
        Tensor bias = biasGradient(node);
        if (bias != null) {
            arguments.add(new Argument(DNNL_ARG_DIFF_BIAS, bias));
        }
        Tensor gradient = builder.allocate(description.layout(dnnl_query_diff_weights_md));
        arguments.add(new Argument(DNNL_ARG_DIFF_WEIGHTS, gradient));
        builder.call(
                node.layer(),
                "weight gradient",
                compilation.flops(node),
                description,
                arguments.toArray(Argument[]::new));
        update(node, gradient, bias);
    }

    private @Nullable Tensor biasGradient(Node node) {
        Tensor bias = compilation.array(node, Kind.BIAS);
        return bias == null ? null : builder.allocate(bias.layout());
    }

    private void update(Node node, Tensor weights, @Nullable Tensor bias) {
        compilation.update(node, node.parameter(Kind.WEIGHT).orElseThrow(), weights);
        if (bias != null) {
            compilation.update(node, node.parameter(Kind.BIAS).orElseThrow(), bias);
        }
    }
}
