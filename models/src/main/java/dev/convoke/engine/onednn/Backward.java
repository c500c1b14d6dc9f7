package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MULTIPLE_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_fuse_norm_relu;
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
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Operation.Relu;
import dev.convoke.engine.plan.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Emits the steps that carry the gradient back through each node, and those that update its parameters. */
final class Backward {

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final WeightedBackward weighted;
    private final List<Saved> saved;
    private final Map<Integer, List<Tensor>> gradients = new HashMap<>();

    Backward(Compilation compilation, List<Saved> saved) {
        this.compilation = compilation;
        this.builder = compilation.builder();
        this.weighted = new WeightedBackward(compilation);
        this.saved = saved;
    }

    /** Emits all nodes, the last first. */
    void emit() {
        List<Node> nodes = compilation.plan().nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (node.operation() instanceof Classifier) {
                pass(node, 0, saved.get(i).result());
            } else if (compilation.plan().learns(node)) {
                try {
                    emit(node, saved.get(i), gradient(node));
                } catch (RefusedException refused) {
                    throw refused.of(node.layer());
                }
            }
        }
    }

    private void emit(Node node, Saved left, Tensor gradient) {
        if (node.operation() instanceof Convolution convolution) {
            convolution(node, convolution, left, gradient);
        } else if (node.operation() instanceof Dense dense) {
            dense(node, dense, left, gradient);
        } else if (node.operation() instanceof BatchNorm norm) {
            batchNorm(node, norm, left, gradient);
        } else if (node.operation() instanceof Pool pool) {
            Tensor masked = pool.maskGradient() ? masked(node, left.result(), gradient) : gradient;
            pool(node, pool.window(), pool.largest(), left, masked);
        } else if (node.operation() instanceof GlobalPool pool) {
            pool(node, Window.covering(compilation.input(node).shape()), pool.largest(), left, gradient);
        } else if (node.operation() instanceof Relu) {
            pass(node, 0, masked(node, left.result(), gradient));
        } else if (node.operation() instanceof Dropout dropout) {
            dropout(node, dropout, left, gradient);
        } else if (node.operation() instanceof Concatenation) {
            concatenation(node, left, gradient);
        } else if (node.operation() instanceof Addition addition) {
            Tensor masked = addition.relu() ? masked(node, left.result(), gradient) : gradient;
            pass(node, 0, masked);
            pass(node, 1, masked);
        } else {
            throw new IllegalStateException("No step carries a gradient back through " + node.operation());
        }
    }

    /** Gives a gradient to one of the nodes that this one reads. */
    private void pass(Node node, int input, Tensor gradient) {
        gradients
                .computeIfAbsent(node.inputs().get(input), id -> new ArrayList<>())
                .add(gradient);
    }

    private boolean isWanted(Node node, int input) {
        return compilation
                .plan()
                .learns(compilation.plan().nodes().get(node.inputs().get(input)));
    }

    /** Returns the whole gradient of a node's output: the sum of what its readers gave. */
    private Tensor gradient(Node node) {
        List<Tensor> parts = gradients.remove(node.id());
        if (parts == null) {
            throw new IllegalStateException("Nothing reads layer '" + node.layer() + "'");
        }
        Tensor first = parts.get(0);
        if (parts.size() == 1) {
            return first;
        }
        List<Argument> arguments = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Tensor part = builder.as(node.layer(), parts.get(i), first.layout());
            arguments.add(new Argument(DNNL_ARG_MULTIPLE_SRC + i, part));
        }
        Tensor sum = builder.allocate(first.layout());
        arguments.add(new Argument(DNNL_ARG_DST, sum));
        builder.call(
                node.layer(),
                "sum of gradients",
                0,
                builder.descriptions().sum(first.layout(), parts.size()),
                arguments.toArray(Argument[]::new));
        return sum;
    }

    private Tensor masked(Node node, Tensor result, Tensor gradient) {
        Tensor given = builder.as(node.layer(), gradient, result.layout());
        Description forward = builder.descriptions().reluForBackward(result.layout());
        Tensor masked = builder.allocate(result.layout());
        builder.call(
                node.layer(),
                "ReLU backward",
                0,
                builder.descriptions().reluBackward(result.layout(), forward),
                new Argument(DNNL_ARG_DST, result),
                new Argument(DNNL_ARG_DIFF_DST, given),
                new Argument(DNNL_ARG_DIFF_SRC, masked));
        return masked;
    }

    /** Masks a gradient by the convolution's ReLU, if it has one that nothing behind it has masked. */
    private Tensor masked(Node node, Convolution convolution, Tensor result, Tensor gradient) {
        if (compilation.joins().placeOf(node) != null) {
            return gradient;
        }
        return convolution.relu() && !compilation.plan().isMaskedByPool(node)
                ? masked(node, result, gradient)
                : builder.as(node.layer(), gradient, result.layout());
    }

    private void convolution(Node node, Convolution convolution, Saved left, Tensor gradient) {
        Tensor given = masked(node, convolution, left.result(), gradient);
        if (convolution.residual() && isWanted(node, 1)) {
            pass(node, 1, given);
        }
        passIfAny(node, weighted.convolution(node, convolution, left, given, isWanted(node, 0)));
    }

    private void dense(Node node, Dense dense, Saved left, Tensor gradient) {
        Tensor given = dense.relu()
                ? masked(node, left.result(), gradient)
                : builder.as(node.layer(), gradient, left.result().layout());
        passIfAny(node, weighted.dense(node, left, given, isWanted(node, 0)));
    }

    private void passIfAny(Node node, @Nullable Tensor passed) {
        if (passed != null) {
            pass(node, 0, passed);
        }
    }

    private void batchNorm(Node node, BatchNorm norm, Saved left, Tensor gradient) {
        int flags = dnnl_use_scale | dnnl_use_shift | (norm.relu() ? dnnl_fuse_norm_relu : 0);
        Layout data = left.source().layout();
        Tensor given = builder.as(node.layer(), gradient, data);
        Description description =
                builder.descriptions().batchNormBackward(data, data, norm.epsilon(), flags, left.description());
        Tensor scale =
                builder.allocate(compilation.requiredArray(node, Kind.GAMMA).layout());
        Tensor shift =
                builder.allocate(compilation.requiredArray(node, Kind.BETA).layout());
        Tensor passed = builder.allocate(data);
        List<Argument> arguments = new ArrayList<>(List.of(
                new Argument(DNNL_ARG_SRC, left.source()),
                new Argument(DNNL_ARG_MEAN, Saved.present(left.mean())),
                new Argument(DNNL_ARG_VARIANCE, Saved.present(left.variance())),
                new Argument(DNNL_ARG_DIFF_DST, given),
                new Argument(DNNL_ARG_SCALE, compilation.requiredArray(node, Kind.GAMMA)),
                new Argument(DNNL_ARG_DIFF_SCALE, scale),
                new Argument(DNNL_ARG_DIFF_SHIFT, shift)));
        Tensor workspace = left.workspace();
        if (workspace != null) {
            arguments.add(new Argument(DNNL_ARG_WORKSPACE, workspace));
        }
        arguments.add(new Argument(DNNL_ARG_DIFF_SRC, passed));
        builder.call(node.layer(), "BatchNorm backward", 0, description, arguments.toArray(Argument[]::new));
        compilation.update(node, node.parameter(Kind.GAMMA).orElseThrow(), scale);
        compilation.update(node, node.parameter(Kind.BETA).orElseThrow(), shift);
        if (isWanted(node, 0)) {
            pass(node, 0, passed);
        }
    }

    private void pool(Node node, Window window, boolean largest, Saved left, Tensor gradient) {
        Geometry geometry = Geometry.of(window, compilation.input(node).shape());
        Layout target = left.result().layout();
        Tensor given = builder.as(node.layer(), gradient, target);
        Description description = builder.descriptions()
                .poolBackward(left.source().layout(), target, geometry, largest, left.description());
        Tensor passed = builder.allocate(left.source().layout());
        List<Argument> arguments = new ArrayList<>(List.of(new Argument(DNNL_ARG_DIFF_DST, given)));
        Tensor workspace = left.workspace();
        if (workspace != null) {
            arguments.add(new Argument(DNNL_ARG_WORKSPACE, workspace));
        }
        arguments.add(new Argument(DNNL_ARG_DIFF_SRC, passed));
        builder.call(node.layer(), "pool backward", 0, description, arguments.toArray(Argument[]::new));
        pass(node, 0, passed);
    }

    private void dropout(Node node, Dropout dropout, Saved left, Tensor gradient) {
        Tensor given = builder.as(node.layer(), gradient, left.result().layout());
        Tensor passed = builder.allocate(given.layout());
        compilation.kernel(node, "Dropout backward", List.of(given, passed), compilation.dropout(dropout));
        pass(node, 0, passed);
    }

    private void concatenation(Node node, Saved left, Tensor gradient) {
        Joins joins = compilation.joins();
        List<Tensor> parts =
                joins.parts(node, joins.whole(node) == null ? gradient : masked(node, left.result(), gradient));
        for (int i = 0; i < parts.size(); i++) {
            if (isWanted(node, i)) {
                Tensor part = parts.get(i);
                // A copy, because weight gradients of windows have no fast code for part of an array.
                pass(
                        node,
                        i,
                        builder.as(
                                node.layer(),
                                part,
                                compilation.images(part.layout().dimensions())));
            }
        }
    }
}
