package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.NormEmitter.Flow;
import dev.convoke.engine.cuda.NormEmitter.Pooled;
import dev.convoke.engine.cuda.Product.After;
import dev.convoke.engine.cuda.ProgramBuilder.Extent;
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
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Emits the steps that carry the gradient back through each node. The update comes last, see {@link Update}. */
final class Backward {

    private static final int ADDED_AT_ONCE = 3;

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final ConvolutionEmitter convolutions;
    private final NormEmitter norms;
    private final PoolEmitter pools;
    private final List<Saved> saved;
    private final Update update;
    private final Map<Integer, List<Tensor>> gradients = new HashMap<>();

    Backward(Compilation compilation, List<Saved> saved, Update update) {
        this.compilation = compilation;
        this.builder = compilation.builder();
        this.convolutions = new ConvolutionEmitter(compilation);
        this.norms = new NormEmitter(compilation);
        this.pools = new PoolEmitter(compilation);
        this.saved = saved;
        this.update = update;
    }

    /** Emits all nodes, the last first. */
    void emit() {
        List<Node> nodes = compilation.plan().nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (node.operation() instanceof Classifier) {
                pass(node, 0, saved.get(i).result());
            } else if (compilation.plan().learns(node) && !compilation.isJoined(node) && !compilation.isPooled(node)) {
                emit(node, saved.get(i), gradient(node));
            }
        }
    }

    private void emit(Node node, Saved left, Tensor gradient) {
        if (node.operation() instanceof Convolution convolution) {
            convolution(node, convolution, left, gradient);
        } else if (node.operation() instanceof Dense dense) {
            dense(node, dense, left, compilation.dense(node, gradient));
        } else if (node.operation() instanceof BatchNorm norm) {
            batchNorm(node, left, new Flow(gradient, null, null, norm.relu(), null));
        } else if (node.operation() instanceof Pool || node.operation() instanceof GlobalPool) {
            pool(node, left, gradient);
        } else if (node.operation() instanceof Relu) {
            pass(node, 0, masked(node, left.result(), gradient));
        } else if (node.operation() instanceof Dropout dropout) {
            Tensor passed = builder.images(compilation.batch(), left.source().shape());
            compilation.dropout(node, dropout, gradient, passed);
            pass(node, 0, passed);
        } else if (node.operation() instanceof Concatenation) {
            concatenation(node, gradient);
        } else if (node.operation() instanceof Addition addition) {
            addition(node, addition, left, gradient);
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
        return compilation.plan().learns(compilation.input(node, input));
    }

    /** Returns the whole gradient of a node's output: the sum of what its readers gave. */
    private Tensor gradient(Node node) {
        List<Tensor> parts = gradients.remove(node.id());
        if (parts == null) {
            throw new IllegalStateException("Nothing reads layer '" + node.layer() + "'");
        }
        Tensor sum = parts.get(0);
        for (int next = 1; next < parts.size(); next += ADDED_AT_ONCE) {
            Tensor left = sum;
            Tensor first = parts.get(next);
            Tensor second = next + 1 < parts.size() ? parts.get(next + 1) : null;
            Tensor third = next + 2 < parts.size() ? parts.get(next + 2) : null;
            sum = builder.images(compilation.batch(), node.shape());
            builder.elementwise(
                    node.layer() + " sum of gradients",
                    "add",
                    Extent.of(sum, left, first, second, third, sum),
                    new Arguments()
                            .tensor(left)
                            .tensor(first)
                            .maybe(second)
                            .maybe(third)
                            .tensor(sum)
                            .ints(0));
        }
        return sum;
    }

    private Tensor masked(Node node, Tensor result, Tensor gradient) {
        Tensor masked = builder.images(compilation.batch(), node.shape());
        builder.elementwise(
                node.layer() + " mask",
                "mask",
                Extent.of(masked, gradient, result, masked),
                new Arguments().tensor(gradient).tensor(result).tensor(masked));
        return masked;
    }

    private void addition(Node node, Addition addition, Saved left, Tensor gradient) {
        if (left.norm() < 0) {
            Tensor masked = addition.relu() ? masked(node, left.result(), gradient) : gradient;
            pass(node, 0, masked);
            pass(node, 1, masked);
            return;
        }
        int other = node.inputs().get(0) == left.norm() ? 1 : 0;
        Node norm = compilation.plan().nodes().get(left.norm());
        boolean learns = compilation.plan().learns(norm);
        Tensor mask = addition.relu() ? left.result() : null;
        Tensor masked = null;
        if (isWanted(node, other) && mask != null) {
            // The normalisation's own pass over the gradient masks it on the way.
            masked = learns ? builder.images(compilation.batch(), node.shape()) : masked(node, mask, gradient);
        }
        if (isWanted(node, other)) {
            pass(node, other, masked == null ? gradient : masked);
        }
        if (learns) {
            batchNorm(norm, saved.get(left.norm()), new Flow(gradient, mask, masked, false, null));
        }
    }

    /** Returns the gradient that passes the layer's ReLU, and adds the gradient of its bias to the update. */
    private Tensor throughBias(Node node, @Nullable Tensor result, Tensor gradient) {
        boolean learns = node.parameter(Kind.BIAS).isPresent() && !node.isFrozen();
        if (!learns) {
            return result == null ? gradient : masked(node, result, gradient);
        }
        Tensor masked = result == null ? null : builder.images(compilation.batch(), node.shape());
        ProgramBuilder.Parts parts = builder.columns(
                node.layer() + " bias gradient",
                "column_sum",
                Extent.of(gradient, gradient, result, masked),
                1,
                new Arguments().tensor(gradient).maybe(result).maybe(masked));
        Region sum = builder.totals(node.layer() + " bias gradient", parts, gradient.channels());
        update.add(compilation.parameter(node, Kind.BIAS), sum, true);
        return masked == null ? gradient : masked;
    }

    private void convolution(Node node, Convolution convolution, Saved left, Tensor gradient) {
        boolean mask = convolution.relu() && !compilation.plan().isMaskedByPool(node);
        Tensor given = hasPassedBias(node) ? gradient : throughBias(node, mask ? left.result() : null, gradient);
        if (convolution.residual() && isWanted(node, 1)) {
            pass(node, 1, given);
        }
        if (isWanted(node, 0)) {
            pass(node, 0, convolutions.dataGradient(node, convolution, left, given));
        }
        if (!node.isFrozen()) {
            convolutions.weightGradient(node, convolution, left, given, update);
        }
    }

    private boolean hasPassedBias(Node node) {
        Node reader = compilation.readers(node).get(0);
        return reader.operation() instanceof BatchNorm && compilation.passesBiasOf(reader);
    }

    private void dense(Node node, Dense dense, Saved left, Tensor gradient) {
        Tensor given = throughBias(node, dense.relu() ? left.result() : null, gradient);
        Weights weights = compilation.weights();
        int values = left.source().shape().valueCount();
        if (isWanted(node, 0)) {
            Tensor passed = builder.images(compilation.batch(), left.source().shape());
            product(
                    node.layer() + " data gradient",
                    new Product(values, compilation.batch(), dense.units(), false, false, false, After.NOTHING),
                    () -> weights.activationAddress(compilation.parameter(node, Kind.WEIGHT)),
                    given,
                    passed.region());
            pass(node, 0, passed);
        }
        if (!node.isFrozen()) {
            Region sum = builder.allocate((long) values * dense.units() * builder.valueBytes());
            Tensor source = left.source();
            Region workspace = builder.allocate(ProductStep.WORKSPACE);
            builder.add(
                    new ProductStep(
                            node.layer() + " weight gradient",
                            compilation.device(),
                            new Product(values, dense.units(), compilation.batch(), false, true, false, After.NOTHING),
                            compilation.numerics(),
                            new ProductStep.Places(source::address, given::address, sum::address, () -> 0, workspace)),
                    source.region(),
                    given.region(),
                    sum,
                    workspace);
            update.add(compilation.parameter(node, Kind.WEIGHT), sum, false);
        }
    }

    private void product(String title, Product product, LongSupplier left, Tensor right, Region result) {
        Region workspace = builder.allocate(ProductStep.WORKSPACE);
        builder.add(
                new ProductStep(
                        title,
                        compilation.device(),
                        product,
                        compilation.numerics(),
                        new ProductStep.Places(left, right::address, result::address, () -> 0, workspace)),
                right.region(),
                result,
                workspace);
    }

    private void batchNorm(Node node, Saved left, Flow flow) {
        norms.backward(node, left, flow, update).ifPresent(passed -> pass(node, 0, passed));
    }

    private void pool(Node node, Saved left, Tensor gradient) {
        if (left.norm() >= 0) {
            normBeforePool(node, left, gradient);
            return;
        }
        pass(node, 0, pools.backward(node, left, gradient));
    }

    private void normBeforePool(Node node, Saved left, Tensor gradient) {
        Node norm = compilation.plan().nodes().get(left.norm());
        Saved.Largest largest = Saved.present(left.largest());
        Pooled pool = new Pooled(node, largest.places(), Saved.present(largest.chosen()));
        boolean relu = norm.operation() instanceof BatchNorm own && own.relu();
        batchNorm(norm, saved.get(norm.id()), new Flow(gradient, null, null, relu, pool));
    }

    /** Each input's part of the gradient is read where it stands. */
    private void concatenation(Node node, Tensor gradient) {
        long start = 0;
        for (int i = 0; i < node.inputs().size(); i++) {
            ImageShape shape = compilation.input(node, i).shape();
            if (isWanted(node, i)) {
                pass(
                        node,
                        i,
                        new Tensor(
                                gradient.region(),
                                gradient.offset() + start * builder.valueBytes(),
                                compilation.batch(),
                                shape,
                                gradient.pitch()));
            }
            start += shape.channels();
        }
    }
}
