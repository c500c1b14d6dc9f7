package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.ConvolutionShape.Pass;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Emits the steps that carry the gradient back through each node. The update comes last, see {@link Update}. */
final class Backward {

    private static final int COEFFICIENTS = 3;

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final List<Saved> saved;
    private final Update update;
    private final Map<Integer, List<Tensor>> gradients = new HashMap<>();

    Backward(Compilation compilation, List<Saved> saved, Update update) {
        this.compilation = compilation;
        this.builder = compilation.builder();
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
            } else if (compilation.plan().learns(node) && !compilation.isJoined(node)) {
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
            batchNorm(node, left, new Flow(gradient, null, null, norm.relu()));
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
        for (Tensor part : parts.subList(1, parts.size())) {
            Tensor next = builder.images(compilation.batch(), node.shape());
            builder.elementwise(
                    node.layer() + " sum of gradients",
                    "add",
                    Extent.of(next, sum, part, next),
                    new Arguments().tensor(sum).tensor(part).tensor(next).ints(0));
            sum = next;
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
        Tensor masked = null;
        if (isWanted(node, other)) {
            masked = addition.relu() ? builder.images(compilation.batch(), node.shape()) : gradient;
            pass(node, other, masked);
        }
        Node norm = compilation.plan().nodes().get(left.norm());
        if (compilation.plan().learns(norm)) {
            Tensor mask = addition.relu() ? left.result() : null;
            batchNorm(
                    norm,
                    saved.get(left.norm()),
                    new Flow(gradient, mask, addition.relu() ? masked : null, false));
        } else if (addition.relu() && masked != null) {
            builder.elementwise(
                    node.layer() + " mask",
                    "mask",
                    Extent.of(masked, gradient, left.result(), masked),
                    new Arguments().tensor(gradient).tensor(left.result()).tensor(masked));
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
        Region sum = builder.allocate((long) gradient.channels() * Float.BYTES);
        builder.finishColumns(
                node.layer() + " bias gradient",
                "column_finish",
                gradient.channels(),
                new Arguments().region(parts.sums()).region(sum).ints(parts.count(), gradient.channels()),
                parts.sums(),
                sum);
        update.add(compilation.parameter(node, Kind.BIAS), sum, true);
        return masked == null ? gradient : masked;
    }

    private void convolution(Node node, Convolution convolution, Saved left, Tensor gradient) {
        boolean mask = convolution.relu() && !compilation.maskedByPool(node);
        Tensor given = throughBias(node, mask ? left.result() : null, gradient);
        if (convolution.residual() && isWanted(node, 1)) {
            pass(node, 1, given);
        }
        Weights weights = compilation.weights();
        if (isWanted(node, 0)) {
            passData(node, convolution, left, given);
        }
        if (!node.isFrozen()) {
            Weights.Slot slot = weights.slot(compilation.parameter(node, Kind.WEIGHT));
            Region sum = builder.allocate((long) slot.length() * builder.valueBytes());
            ConvolutionShape shape = compilation.shape(node, convolution, left.source(), given).with(Pass.WEIGHT_GRADIENT);
            Tensor dense = given;
            if (compilation.convolutions().find(shape).isEmpty()) {
                dense = compilation.dense(node, given);
                shape = compilation.shape(node, convolution, left.source(), dense).with(Pass.WEIGHT_GRADIENT);
            }
            add(node, "weight gradient", shape, left.source(), sum, dense);
            if (slot.block() > 1) {
                clearPadding(node, slot, sum);
            }
            update.add(compilation.parameter(node, Kind.WEIGHT), sum, false);
        }
    }

    private void clearPadding(Node node, Weights.Slot slot, Region sum) {
        builder.single(
                node.layer() + " weight gradient's padding",
                "clear_padding",
                Grid.of(slot.length()),
                new Arguments()
                        .region(sum)
                        .ints(slot.channels(), slot.rows(), slot.columns(), slot.block(), slot.pitch(), slot.length()),
                sum);
    }

    private void passData(Node node, Convolution convolution, Saved left, Tensor given) {
        ImageShape read = compilation.input(node, 0).shape();
        Tensor whole = builder.images(compilation.batch(), left.source().shape());
        ConvolutionShape shape = compilation.shape(node, convolution, whole, given).with(Pass.DATA_GRADIENT);
        Tensor dense = given;
        if (compilation.convolutions().find(shape).isEmpty()) {
            dense = compilation.dense(node, given);
            shape = compilation.shape(node, convolution, whole, dense).with(Pass.DATA_GRADIENT);
        }
        add(node, "data gradient", shape, whole, null, dense);
        if (whole.shape().equals(read)) {
            pass(node, 0, whole);
            return;
        }
        Tensor passed = builder.images(compilation.batch(), read);
        int top = convolution.window().rows().before(read.height());
        int left0 = convolution.window().columns().before(read.width());
        compilation.shift(node.layer() + " padding gradient", whole, passed, -top, -left0);
        pass(node, 0, passed);
    }

    /** Adds one of the two products; the weights are read, or their gradient is written. */
    private void add(
            Node node, String what, ConvolutionShape shape, Tensor images, @Nullable Region sum, Tensor given) {
        ConvolutionPlan plan = compilation.convolutions().require(shape);
        Map<Long, LongSupplier> arrays = new LinkedHashMap<>();
        Weights weights = compilation.weights();
        arrays.put(ConvolutionGraph.IMAGES, images::address);
        arrays.put(
                ConvolutionGraph.WEIGHTS,
                () -> sum == null
                        ? weights.activationAddress(compilation.parameter(node, Kind.WEIGHT))
                        : sum.address());
        arrays.put(ConvolutionGraph.RESULT, given::address);
        Region workspace = builder.allocate(Math.max(1, plan.workspaceBytes()));
        List<Region> used = new ArrayList<>(List.of(images.region(), given.region(), workspace));
        if (sum != null) {
            used.add(sum);
        }
        builder.add(
                new ConvolutionStep(node.layer() + " " + what, compilation.device(), plan, arrays, workspace),
                used.toArray(Region[]::new));
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

    /**
     * A gradient on its way into a normalisation.
     *
     * @param gradient of what came out
     * @param result whose positive values let it pass, or null
     * @param masked receives what passes, or null if nobody else needs it
     * @param relu whether the normalisation's own ReLU stops it
     */
    private record Flow(
            Tensor gradient, @Nullable Tensor result, @Nullable Tensor masked, boolean relu) {}

    private void batchNorm(Node node, Saved left, Flow flow) {
        Tensor source = left.source();
        Region statistics = Saved.present(left.statistics());
        ProgramBuilder.Parts parts = builder.columns(
                node.layer() + " gradient sums",
                "norm_back_sum",
                Extent.of(source, flow.gradient(), source, flow.result(), flow.masked()),
                2,
                new Arguments()
                        .tensor(flow.gradient())
                        .tensor(source)
                        .maybe(flow.result())
                        .maybe(flow.masked())
                        .region(statistics)
                        .ints(flow.relu() ? 1 : 0),
                statistics);
        Region gamma = builder.allocate((long) source.channels() * Float.BYTES);
        Region beta = builder.allocate((long) source.channels() * Float.BYTES);
        Region coefficients = builder.allocate((long) COEFFICIENTS * source.channels() * Float.BYTES);
        builder.finishColumns(
                node.layer() + " gradients",
                "norm_back_finish",
                source.channels(),
                new Arguments()
                        .region(parts.sums())
                        .region(statistics)
                        .region(gamma)
                        .region(beta)
                        .region(coefficients)
                        .ints(node.isFrozen() ? 1 : 0, parts.count(), source.rows(), source.channels()),
                parts.sums(),
                statistics,
                gamma,
                beta,
                coefficients);
        if (!node.isFrozen()) {
            update.add(compilation.parameter(node, Kind.GAMMA), gamma, true);
            update.add(compilation.parameter(node, Kind.BETA), beta, true);
        }
        if (!isWanted(node, 0)) {
            return;
        }
        Tensor passed = builder.images(compilation.batch(), source.shape());
        Tensor read = flow.masked() == null ? flow.gradient() : flow.masked();
        Tensor mask = flow.masked() == null ? flow.result() : null;
        builder.elementwise(
                node.layer() + " gradient",
                "norm_back_apply",
                Extent.of(passed, read, source, mask, passed),
                new Arguments()
                        .tensor(read)
                        .tensor(source)
                        .maybe(mask)
                        .tensor(passed)
                        .region(statistics)
                        .region(coefficients)
                        .ints(flow.relu() ? 1 : 0),
                statistics,
                coefficients);
        pass(node, 0, passed);
    }

    private void pool(Node node, Saved left, Tensor gradient) {
        boolean mask = node.operation() instanceof Pool pool && pool.maskGradient();
        Tensor result = mask ? left.result() : null;
        Tensor passed = builder.images(compilation.batch(), left.source().shape());
        Arguments arguments = new Arguments().tensor(gradient).maybe(result);
        Region places = left.places();
        if (places == null) {
            arguments.none();
        } else {
            arguments.region(places);
        }
        arguments.tensor(passed)
                .structure(compilation.pooling(node))
                .ints(compilation.largest(node) ? 1 : 0);
        Extent extent = Extent.of(passed, gradient, result, passed);
        if (places == null) {
            builder.elementwise(node.layer() + " gradient", "pool_back", extent, arguments);
        } else {
            builder.elementwise(node.layer() + " gradient", "pool_back", extent, arguments, places);
        }
        pass(node, 0, passed);
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
