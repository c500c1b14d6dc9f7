package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MULTIPLE_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_fuse_norm_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_workspace_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_global_stats;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.onednn.Call.Argument;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Addition;
import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.Classifier;
import dev.convoke.engine.plan.Operation.Concatenation;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.Dropout;
import dev.convoke.engine.plan.Operation.GlobalPool;
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Operation.Relu;
import dev.convoke.engine.plan.Window;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Emits the steps that compute each node's output. */
final class Forward {

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final WeightedForward weighted;
    private final List<Saved> saved = new ArrayList<>();

    Forward(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
        this.weighted = new WeightedForward(compilation);
    }

    /** Emits all nodes and returns what each leaves behind. */
    List<Saved> emit() {
        for (Node node : compilation.plan().nodes()) {
            try {
                saved.add(emit(node));
            } catch (RefusedException refused) {
                throw refused.of(node.layer());
            }
        }
        return saved;
    }

    private Saved emit(Node node) {
        if (node.operation() instanceof Input) {
            return input(node);
        }
        Tensor source = result(node, 0);
        if (node.operation() instanceof Convolution convolution) {
            return weighted.convolution(node, convolution, source, convolution.residual() ? result(node, 1) : null);
        }
        if (node.operation() instanceof Dense dense) {
            return weighted.dense(node, dense, source);
        }
        if (node.operation() instanceof BatchNorm norm) {
            return batchNorm(node, norm, source);
        }
        if (node.operation() instanceof Pool pool) {
            return pool(node, pool.window(), pool.largest(), source);
        }
        if (node.operation() instanceof GlobalPool pool) {
            return pool(node, Window.covering(compilation.input(node).shape()), pool.largest(), source);
        }
        if (node.operation() instanceof Relu) {
            return relu(node, source);
        }
        if (node.operation() instanceof Dropout dropout) {
            return dropout(node, dropout, source);
        }
        if (node.operation() instanceof Concatenation) {
            return concatenation(node);
        }
        if (node.operation() instanceof Addition addition) {
            return addition(node, addition, source);
        }
        if (node.operation() instanceof Classifier) {
            return classifier(node, source);
        }
        throw new IllegalStateException("No step computes " + node.operation());
    }

    private Tensor result(Node node, int input) {
        return saved.get(node.inputs().get(input)).result();
    }

    private Saved input(Node node) {
        Tensor images = builder.allocate(builder.natives().plain(compilation.dimensions(node)));
        int count = Math.toIntExact(images.layout().count());
        StepSettings settings = compilation.settings();
        compilation.kernel(
                node,
                "read",
                List.of(images),
                buffers -> buffers.get(0).put(0, settings.batch().images(), 0, count));
        return Saved.of(images, images, null);
    }

    private Saved batchNorm(Node node, BatchNorm norm, Tensor input) {
        boolean training = compilation.training() && !node.isFrozen();
        int flags = dnnl_use_scale
                | dnnl_use_shift
                | (norm.relu() ? dnnl_fuse_norm_relu : 0)
                | (training ? 0 : dnnl_use_global_stats);
        Tensor source = builder.as(node.layer(), input, compilation.typed(input.layout()));
        Description description = builder.descriptions().batchNorm(source.layout(), norm.epsilon(), flags, training);
        Tensor result = builder.allocate(source.layout());
        Layout channel = builder.natives().plain(node.shape().channels());
        Tensor runningMean = compilation.requiredArray(node, Kind.MEAN);
        Tensor runningVariance = compilation.requiredArray(node, Kind.VARIANCE);
        Tensor mean = training ? builder.allocate(channel) : runningMean;
        Tensor variance = training ? builder.allocate(channel) : runningVariance;
        List<Argument> arguments = new ArrayList<>(List.of(
                new Argument(DNNL_ARG_SRC, source),
                new Argument(DNNL_ARG_MEAN, mean),
                new Argument(DNNL_ARG_VARIANCE, variance),
                new Argument(DNNL_ARG_SCALE, compilation.requiredArray(node, Kind.GAMMA)),
                new Argument(DNNL_ARG_SHIFT, compilation.requiredArray(node, Kind.BETA))));
        Tensor workspace = workspace(description, arguments);
        arguments.add(new Argument(DNNL_ARG_DST, result));
        builder.call(node.layer(), node.operation().title(), 0, description, arguments.toArray(Argument[]::new));
        if (training) {
            compilation.kernel(node, "running mean", List.of(mean, runningMean), b -> decay(b, norm.decay()));
            compilation.kernel(
                    node, "running variance", List.of(variance, runningVariance), b -> decay(b, norm.decay()));
        }
        return new Saved(source, result, description, workspace, mean, variance);
    }

    private static void decay(List<FloatBuffer> freshAndRunning, double decay) {
        FloatBuffer fresh = freshAndRunning.get(0);
        FloatBuffer running = freshAndRunning.get(1);
        float rest = (float) (1 - decay);
        for (int i = 0; i < running.capacity(); i++) {
            running.put(i, running.get(i) - rest * (running.get(i) - fresh.get(i)));
        }
    }

    /** Adds what a primitive leaves for its backward pass, if there is such a thing. */
    private @Nullable Tensor workspace(Description description, List<Argument> arguments) {
        Layout layout = description.layout(dnnl_query_workspace_md);
        if (!compilation.training() || layout.bytes() == 0) {
            return null;
        }
        Tensor workspace = builder.allocate(layout);
        arguments.add(new Argument(DNNL_ARG_WORKSPACE, workspace));
        return workspace;
    }

    private Saved pool(Node node, Window window, boolean largest, Tensor input) {
        Tensor source = builder.as(node.layer(), input, compilation.typed(input.layout()));
        Geometry geometry = Geometry.of(window, compilation.input(node).shape());
        Layout target = builder.natives().any(builder.dataType(), compilation.dimensions(node));
        Description description =
                builder.descriptions().pool(source.layout(), target, geometry, largest, compilation.training());
        Tensor result = builder.allocate(description.layout(dnnl_query_dst_md));
        List<Argument> arguments = new ArrayList<>(List.of(new Argument(DNNL_ARG_SRC, source)));
        Tensor workspace = workspace(description, arguments);
        arguments.add(new Argument(DNNL_ARG_DST, result));
        builder.call(node.layer(), node.operation().title(), 0, description, arguments.toArray(Argument[]::new));
        return new Saved(source, result, description, workspace, null, null);
    }

    private Saved relu(Node node, Tensor source) {
        Description description = builder.descriptions().relu(source.layout(), compilation.training());
        Tensor result = builder.allocate(source.layout());
        builder.call(
                node.layer(),
                node.operation().title(),
                0,
                description,
                new Argument(DNNL_ARG_SRC, source),
                new Argument(DNNL_ARG_DST, result));
        return Saved.of(source, result, null);
    }

    private Saved dropout(Node node, Dropout dropout, Tensor input) {
        if (!compilation.training()) {
            return Saved.of(input, input, null);
        }
        Tensor source = builder.as(
                node.layer(), input, builder.natives().plain(input.layout().dimensions()));
        Tensor result = builder.allocate(source.layout());
        compilation.kernel(node, "Dropout", List.of(source, result), compilation.dropout(dropout));
        return Saved.of(source, result, null);
    }

    private Saved concatenation(Node node) {
        Tensor whole = compilation.joins().whole(node);
        if (whole != null) {
            return Saved.of(whole, whole, null);
        }
        List<Tensor> sources = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            sources.add(result(node, i));
        }
        Layout target = compilation.images(compilation.dimensions(node));
        Description description = builder.descriptions()
                .concatenation(sources.stream().map(Tensor::layout).toList(), target);
        Tensor result = builder.allocate(target);
        List<Argument> arguments = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            arguments.add(new Argument(DNNL_ARG_MULTIPLE_SRC + i, sources.get(i)));
        }
        arguments.add(new Argument(DNNL_ARG_DST, result));
        builder.call(node.layer(), node.operation().title(), 0, description, arguments.toArray(Argument[]::new));
        return Saved.of(result, result, null);
    }

    private Saved addition(Node node, Addition addition, Tensor left) {
        Tensor right = builder.as(node.layer(), result(node, 1), left.layout());
        Description description = builder.descriptions().add(left.layout(), new PostOperations(null, addition.relu()));
        Tensor result = builder.allocate(left.layout());
        builder.call(
                node.layer(),
                node.operation().title(),
                0,
                description,
                new Argument(DNNL_ARG_SRC, left),
                new Argument(DNNL_ARG_SRC_1, right),
                new Argument(DNNL_ARG_DST, result));
        return Saved.of(left, result, null);
    }

    private Saved classifier(Node node, Tensor input) {
        Layout plain = builder.natives().plain(input.layout().dimensions());
        Tensor logits = builder.as(node.layer(), input, plain);
        Tensor result = builder.allocate(plain);
        CrossEntropy loss =
                new CrossEntropy(compilation.batch(), compilation.plan().classes(), compilation.settings());
        compilation.kernel(
                node,
                compilation.training() ? "cross-entropy" : "softmax",
                List.of(logits, result),
                compilation.training() ? loss::gradient : loss::probabilities);
        return Saved.of(logits, result, null);
    }
}
