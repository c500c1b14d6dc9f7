package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.onednn.Call.Argument;
import dev.convoke.engine.onednn.Descriptions.Operands;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Emits the forward passes of the layers that have weights to multiply by, and decides how those weights are kept. */
final class WeightedForward {

    private final Compilation compilation;
    private final ProgramBuilder builder;

    WeightedForward(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
    }

    /**
     * Emits a convolution.
     *
     * @param added is added to its result before the ReLU, if present
     */
    Saved convolution(Node node, Convolution convolution, Tensor input, @Nullable Tensor added) {
        Tensor place = compilation.joins().placeOf(node);
        if (place != null) {
            Description inPlace = describe(node, convolution, place.layout());
            if (!inPlace.isReference()) {
                return convolution(node, convolution, inPlace, input, added, place);
            }
        }
        Description description = describe(node, convolution, compilation.images(compilation.dimensions(node)));
        Tensor result = builder.allocate(description.layout(dnnl_query_dst_md));
        Saved saved = convolution(node, convolution, description, input, added, result);
        if (place != null) {
            builder.copy(node.layer(), result, place);
        }
        return saved;
    }

    private Saved convolution(
            Node node,
            Convolution convolution,
            Description description,
            Tensor input,
            @Nullable Tensor added,
            Tensor result) {
        settle(node, description, () -> weightGradient(node, convolution));
        Tensor source = builder.as(node.layer(), input, description.layout(dnnl_query_src_md));
        if (WinogradChoice.isFor(
                convolution,
                source.layout(),
                result.layout(),
                compilation.weightArray(node).layout())) {
            compilation.winograd().forward(node, convolution, source, compilation.array(node, Kind.BIAS), result);
            return Saved.of(source, result, description);
        }
        List<Argument> arguments = weighted(node, description, source);
        if (added != null) {
            Tensor residual = builder.as(node.layer(), added, result.layout());
            arguments.add(new Argument(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, residual));
        }
        emitWeighted(node, description, arguments, result);
        return Saved.of(source, result, description);
    }

    private Description describe(Node node, Convolution convolution, Layout target) {
        return compilation.withWeights(
                node,
                compilation.kernelDimensions(node, convolution),
                weights -> describe(node, convolution, target, weights, compilation.training()));
    }

    private Description describe(
            Node node, Convolution convolution, Layout target, Layout weights, boolean isTraining) {
        PostOperations after = new PostOperations(convolution.residual() ? target : null, convolution.relu());
        return builder.descriptions()
                .convolution(arrays(node, target, weights), geometry(node, convolution), isTraining, after);
    }

    private Description weightGradient(Node node, Convolution convolution) {
        long[] kernel = compilation.kernelDimensions(node, convolution);
        Layout target = compilation.images(compilation.dimensions(node));
        return builder.descriptions()
                .convolutionBackwardWeights(
                        arrays(node, target, builder.natives().any(dnnl_f32, kernel)),
                        geometry(node, convolution),
                        describe(node, convolution, target, anyWeights(kernel), true));
    }

    private Operands arrays(Node node, Layout target, Layout weights) {
        Layout source = compilation.convolutionSource(compilation.input(node));
        return new Operands(source, weights, compilation.biasLayout(node), target);
    }

    private Geometry geometry(Node node, Convolution convolution) {
        return Geometry.of(convolution.window(), compilation.input(node).shape());
    }

    Saved dense(Node node, Dense dense, Tensor input) {
        Layout target = builder.natives().tagged(dnnl_ab, builder.dataType(), compilation.batch(), dense.units());
        PostOperations after = new PostOperations(null, dense.relu());
        Layout given = compilation.typed(input.layout());
        long[] kernel = given.dimensions();
        kernel[0] = dense.units();
        Function<Layout, Operands> arrays =
                weights -> new Operands(given, weights, compilation.biasLayout(node), target);
        Description description = compilation.withWeights(
                node,
                kernel,
                weights -> builder.descriptions().dense(arrays.apply(weights), compilation.training(), after));
        settle(
                node,
                description,
                () -> builder.descriptions()
                        .denseBackwardWeights(
                                arrays.apply(builder.natives().any(dnnl_f32, kernel)),
                                builder.descriptions().dense(arrays.apply(anyWeights(kernel)), true, after)));
        Tensor source = builder.as(node.layer(), input, description.layout(dnnl_query_src_md));
        Tensor result = builder.allocate(description.layout(dnnl_query_dst_md));
        emitWeighted(node, description, weighted(node, description, source), result);
        return Saved.of(source, result, description);
    }

    private Layout anyWeights(long[] kernel) {
        return builder.natives().any(builder.dataType(), kernel);
    }

    /**
     * Decides how the weights are kept: as they are computed with, or, where that takes a copy in another format
     * anyway, as their gradient is written.
     */
    private void settle(Node node, Description forward, Supplier<Description> weightGradient) {
        if (compilation.isFloat32()) {
            compilation.settle(node, forward.layout(dnnl_query_weights_md));
        } else if (!compilation.weightArray(node).isSettled()) {
            compilation.settle(node, weightGradient.get().layout(dnnl_query_diff_weights_md));
        }
    }

    private List<Argument> weighted(Node node, Description description, Tensor source) {
        List<Argument> arguments = new ArrayList<>();
        arguments.add(new Argument(DNNL_ARG_SRC, source));
        arguments.add(
                new Argument(DNNL_ARG_WEIGHTS, compilation.weights(node, description.layout(dnnl_query_weights_md))));
        Tensor bias = compilation.array(node, Kind.BIAS);
        if (bias != null) {
            arguments.add(new Argument(DNNL_ARG_BIAS, bias));
        }
        return arguments;
    }

    private void emitWeighted(Node node, Description description, List<Argument> arguments, Tensor result) {
        arguments.add(new Argument(DNNL_ARG_DST, result));
        builder.call(
                node.layer(),
                node.operation().title(),
                compilation.flops(node),
                description,
                arguments.toArray(Argument[]::new));
    }
}
