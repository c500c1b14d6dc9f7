package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
import dev.convoke.engine.cuda.NormEmitter.Normal;
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
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Operation.Relu;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Emits the steps that compute each node's output. */
final class Forward {

    private static final int THREADS = 256;

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final ConvolutionEmitter convolutions;
    private final NormEmitter norms;
    private final PoolEmitter pools;
    private final List<Saved> saved = new ArrayList<>();
    private final Map<Integer, Tensor> concatenations = new HashMap<>();

    Forward(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
        this.convolutions = new ConvolutionEmitter(compilation);
        this.norms = new NormEmitter(compilation);
        this.pools = new PoolEmitter(compilation);
    }

    /** Emits all nodes and returns what each leaves behind. */
    List<Saved> emit() {
        builder.add(compilation.buffers().settingsIn());
        for (Node node : compilation.plan().nodes()) {
            saved.add(emit(node));
        }
        return saved;
    }

    private Saved emit(Node node) {
        if (node.operation() instanceof Input) {
            return input(node);
        }
        if (node.operation() instanceof Classifier) {
            return classifier(node);
        }
        Tensor source = result(node, 0);
        if (node.operation() instanceof Convolution convolution) {
            Tensor residual = convolution.residual() ? result(node, 1) : null;
            return convolutions.forward(node, convolution, source, output(node), residual);
        }
        if (node.operation() instanceof Dense dense) {
            return dense(node, dense, compilation.dense(node, source));
        }
        if (node.operation() instanceof BatchNorm norm) {
            return batchNorm(node, norm, source);
        }
        if (node.operation() instanceof Pool || node.operation() instanceof GlobalPool) {
            return pool(node, source);
        }
        if (node.operation() instanceof Relu) {
            Tensor result = output(node);
            builder.elementwise(
                    node.layer(),
                    "relu",
                    Extent.of(result, source, result),
                    new Arguments().tensor(source).tensor(result));
            return Saved.of(source, result);
        }
        if (node.operation() instanceof Dropout dropout) {
            return dropout(node, dropout, source);
        }
        if (node.operation() instanceof Concatenation) {
            return concatenation(node);
        }
        if (node.operation() instanceof Addition addition) {
            return addition(node, addition);
        }
        throw new IllegalStateException("No step computes " + node.operation());
    }

    private Tensor result(Node node, int input) {
        return saved.get(node.inputs().get(input)).result();
    }

    /** Returns where a node's output goes: into the memory of the concatenation that reads it, or its own. */
    private Tensor output(Node node) {
        if (!compilation.writesIntoConcatenation(node)) {
            return builder.images(compilation.batch(), node.shape());
        }
        Node reader = compilation.readers(node).get(0);
        Tensor whole = whole(reader);
        long start = 0;
        for (int input : reader.inputs()) {
            if (input == node.id()) {
                break;
            }
            start += compilation.plan().nodes().get(input).shape().channels();
        }
        return new Tensor(
                whole.region(), start * builder.valueBytes(), compilation.batch(), node.shape(), whole.pitch());
    }

    private Tensor whole(Node concatenation) {
        return concatenations.computeIfAbsent(
                concatenation.id(), id -> builder.images(compilation.batch(), concatenation.shape()));
    }

    private Saved input(Node node) {
        InputLayout layout = compilation.inputLayout();
        ImageShape image = node.shape();
        Tensor images = builder.images(compilation.batch(), layout.shape(), layout.pitch());
        builder.elementwise(
                "read the images",
                compilation.ofPixels() ? "read_pixels" : "read_images",
                new Extent(images.rows(), layout.pitch(), List.of(images)),
                new Arguments()
                        .at(compilation.buffers()::settings)
                        .tensor(images)
                        .structure(
                                image.channels(),
                                image.height(),
                                image.width(),
                                layout.shape().height(),
                                layout.shape().width(),
                                layout.block(),
                                layout.top(),
                                layout.left()));
        return Saved.of(images, images);
    }

    private Saved dense(Node node, Dense dense, Tensor source) {
        boolean logits = compilation.isBeforeClassifier(node);
        boolean bias = node.parameter(Kind.BIAS).isPresent();
        Tensor result = builder.images(compilation.batch(), node.shape());
        Region floats = builder.allocate((long) compilation.batch() * dense.units() * Float.BYTES);
        Region written = logits ? floats : result.region();
        Weights weights = compilation.weights();
        After after = !bias ? After.NOTHING : dense.relu() ? After.BIAS_AND_RELU : After.BIAS;
        Product product = new Product(
                dense.units(), compilation.batch(), source.shape().valueCount(), true, false, logits, after);
        Region workspace = builder.allocate(ProductStep.WORKSPACE);
        builder.add(
                new ProductStep(
                        node.layer(),
                        compilation.device(),
                        product,
                        compilation.numerics(),
                        new ProductStep.Places(
                                () -> weights.activationAddress(compilation.parameter(node, Kind.WEIGHT)),
                                source::address,
                                written::address,
                                () -> bias(node, logits),
                                workspace)),
                source.region(),
                written,
                workspace);
        if (dense.relu() && !bias) {
            builder.elementwise(
                    node.layer() + " relu",
                    "relu",
                    Extent.of(result, result),
                    new Arguments().tensor(result).tensor(result));
        }
        return new Saved(source, result, logits ? floats : null, null, null, -1);
    }

    /** Returns where the bias of a layer is, in the format of its output. */
    private long bias(Node node, boolean isFloat) {
        Weights weights = compilation.weights();
        return node.parameter(Kind.BIAS)
                .map(bias -> isFloat ? weights.address(bias) : weights.activationAddress(bias))
                .orElse(0L);
    }

    private Saved batchNorm(Node node, BatchNorm norm, Tensor source) {
        Region statistics = norms.statistics(node, norm, source);
        if (compilation.isJoined(node) || compilation.isPooled(node)) {
            return Saved.norm(source, source, statistics);
        }
        Tensor result = output(node);
        norms.normalise(node.layer(), new Normal(source, result, statistics, null, norm.relu()));
        return Saved.norm(source, result, statistics);
    }

    private Saved addition(Node node, Addition addition) {
        int norm = compilation.joinedNorm(node);
        Tensor result = output(node);
        if (norm >= 0) {
            Saved left = saved.get(norm);
            int other = node.inputs().get(0) == norm ? 1 : 0;
            norms.normalise(
                    node.layer(),
                    new Normal(
                            left.source(),
                            result,
                            Saved.present(left.statistics()),
                            result(node, other),
                            addition.relu()));
            return new Saved(left.source(), result, null, null, null, norm);
        }
        Tensor first = result(node, 0);
        Tensor second = result(node, 1);
        builder.elementwise(
                node.layer(),
                "add",
                Extent.of(result, first, second, result),
                new Arguments()
                        .tensor(first)
                        .tensor(second)
                        .maybe(null)
                        .maybe(null)
                        .tensor(result)
                        .ints(addition.relu() ? 1 : 0));
        return Saved.of(first, result);
    }

    private Saved pool(Node node, Tensor source) {
        int norm = compilation.pooledNorm(node);
        if (norm < 0) {
            return pools.forward(node, source, output(node));
        }
        Region statistics = Saved.present(saved.get(norm).statistics());
        return pools.forward(
                node, source, output(node), compilation.plan().nodes().get(norm), statistics);
    }

    private Saved dropout(Node node, Dropout dropout, Tensor source) {
        if (compilation.isPassedOn(dropout)) {
            return Saved.of(source, source);
        }
        Tensor result = output(node);
        compilation.dropout(node, dropout, source, result);
        return Saved.of(source, result);
    }

    private Saved concatenation(Node node) {
        Tensor whole = whole(node);
        long start = 0;
        for (int i = 0; i < node.inputs().size(); i++) {
            Tensor part = result(node, i);
            if (!compilation.writesIntoConcatenation(compilation.input(node, i))) {
                compilation.copy(
                        node.layer() + " copy",
                        part,
                        new Tensor(
                                whole.region(),
                                start * builder.valueBytes(),
                                compilation.batch(),
                                part.shape(),
                                whole.pitch()));
            }
            start += part.channels();
        }
        return Saved.of(whole, whole);
    }

    private Saved classifier(Node node) {
        Saved dense = saved.get(node.inputs().get(0));
        Region logits = Saved.present(dense.logits());
        int classes = node.shape().channels();
        int batch = compilation.batch();
        Tensor gradient = builder.images(batch, node.shape());
        Grid oneBlockEach = new Grid(batch, 1, 1, THREADS, 1);
        if (!compilation.training()) {
            builder.single(
                    node.layer() + " softmax",
                    "probabilities",
                    oneBlockEach,
                    new Arguments()
                            .region(logits)
                            .at(compilation.buffers()::probabilities)
                            .ints(classes),
                    logits);
            return Saved.of(gradient, gradient);
        }
        Region losses = builder.allocate((long) batch * Double.BYTES);
        Region rights = builder.allocate((long) batch * Integer.BYTES);
        builder.single(
                node.layer() + " loss",
                "cross_entropy",
                oneBlockEach,
                new Arguments()
                        .region(logits)
                        .at(compilation.buffers()::settings)
                        .at(gradient::address)
                        .region(losses)
                        .region(rights)
                        .ints(batch, classes),
                logits,
                gradient.region(),
                losses,
                rights);
        builder.single(
                node.layer() + " sum",
                "loss_sum",
                new Grid(1, 1, 1, THREADS, 1),
                new Arguments()
                        .region(losses)
                        .region(rights)
                        .at(compilation.buffers()::seen)
                        .ints(batch),
                losses,
                rights);
        builder.add(compilation.buffers().seenOut());
        return Saved.of(gradient, gradient);
    }
}
