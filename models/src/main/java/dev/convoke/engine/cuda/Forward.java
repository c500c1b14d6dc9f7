package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.ConvolutionShape.Epilogue;
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
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Operation.Relu;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Emits the steps that compute each node's output. */
final class Forward {

    private static final int THREADS = 256;
    private static final int STATISTICS = 4;

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final List<Saved> saved = new ArrayList<>();
    private final Map<Integer, Tensor> concatenations = new HashMap<>();

    Forward(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
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
            return convolution(node, convolution, source);
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
                "read_images",
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

    private Saved convolution(Node node, Convolution convolution, Tensor input) {
        Tensor source = padded(node, convolution, input);
        Tensor result = output(node);
        Tensor residual = convolution.residual() ? result(node, 1) : null;
        boolean bias = node.parameter(Kind.BIAS).isPresent();
        Epilogue after = new Epilogue(bias, residual == null ? 0 : residual.pitch(), convolution.relu());
        ConvolutionShape shape =
                compilation.shape(node, convolution, source, result).followedBy(after);
        Optional<ConvolutionPlan> joined = compilation.convolutions().find(shape);
        if (joined.isPresent()) {
            add(node, joined.get(), source, result, residual, bias);
            return Saved.of(source, result);
        }
        // Where cuDNN cannot write into a part of wider rows, it writes rows of its own, which are copied.
        boolean copies = compilation.convolutions().find(shape.plain()).isEmpty();
        Tensor written = copies ? builder.images(compilation.batch(), node.shape()) : result;
        ConvolutionShape own = compilation.shape(node, convolution, source, written);
        add(node, compilation.convolutions().require(own), source, written, null, false);
        addBias(node, convolution, written, residual, bias);
        if (copies) {
            compilation.copy(node.layer() + " copy", written, result);
        }
        return Saved.of(source, result);
    }

    /** Returns what a convolution reads: where its padding differs at the ends, a padded copy. */
    private Tensor padded(Node node, Convolution convolution, Tensor input) {
        if (!compilation.needsPadding(node, convolution)) {
            return input;
        }
        ImageShape read = input.shape();
        int top = convolution.window().rows().before(read.height());
        int left = convolution.window().columns().before(read.width());
        ImageShape larger = new ImageShape(
                read.channels(),
                read.height() + top + convolution.window().rows().after(read.height()),
                read.width() + left + convolution.window().columns().after(read.width()));
        Tensor copy = builder.images(compilation.batch(), larger, input.isDense() ? read.channels() : input.pitch());
        compilation.shift(node.layer() + " padding", input, copy, top, left);
        return copy;
    }

    private void add(
            Node node, ConvolutionPlan plan, Tensor source, Tensor result, @Nullable Tensor residual, boolean bias) {
        Map<Long, LongSupplier> arrays = new LinkedHashMap<>();
        Weights weights = compilation.weights();
        arrays.put(ConvolutionGraph.IMAGES, source::address);
        arrays.put(
                ConvolutionGraph.WEIGHTS,
                () -> weights.activationAddress(compilation.parameter(node, Kind.WEIGHT)));
        arrays.put(ConvolutionGraph.RESULT, result::address);
        List<Region> used = new ArrayList<>(List.of(source.region(), result.region()));
        if (bias) {
            arrays.put(
                    ConvolutionGraph.BIAS, () -> weights.activationAddress(compilation.parameter(node, Kind.BIAS)));
        }
        if (residual != null) {
            arrays.put(ConvolutionGraph.RESIDUAL, residual::address);
            used.add(residual.region());
        }
        Region workspace = builder.allocate(Math.max(1, plan.workspaceBytes()));
        used.add(workspace);
        builder.add(
                new ConvolutionStep(node.layer(), compilation.device(), plan, arrays, workspace),
                used.toArray(Region[]::new));
    }

    private void addBias(
            Node node, Convolution convolution, Tensor result, @Nullable Tensor residual, boolean bias) {
        if (!bias && residual == null && !convolution.relu()) {
            return;
        }
        Arguments arguments = new Arguments().tensor(result);
        if (bias) {
            arguments.at(() -> compilation.weights().activationAddress(compilation.parameter(node, Kind.BIAS)));
        } else {
            arguments.none();
        }
        builder.elementwise(
                node.layer() + " bias",
                "add_bias",
                Extent.of(result, result, residual),
                arguments.maybe(residual).ints(convolution.relu() ? 1 : 0));
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
        Region statistics = builder.allocate((long) STATISTICS * source.channels() * Float.BYTES);
        if (compilation.training() && !node.isFrozen()) {
            measure(node, norm, source, statistics);
        } else {
            Arguments arguments = new Arguments().region(statistics);
            for (Kind kind : List.of(Kind.GAMMA, Kind.BETA, Kind.MEAN, Kind.VARIANCE)) {
                arguments.at(() -> compilation.weights().address(compilation.parameter(node, kind)));
            }
            builder.single(
                    node.layer() + " statistics",
                    "norm_running",
                    Grid.of(source.channels()),
                    arguments.floats(norm.epsilon()).ints(source.channels()),
                    statistics);
        }
        if (compilation.isJoined(node)) {
            return Saved.norm(source, source, statistics);
        }
        Tensor result = output(node);
        normalise(node.layer(), new Normal(source, result, statistics, null, norm.relu()));
        return Saved.norm(source, result, statistics);
    }

    private void measure(Node node, BatchNorm norm, Tensor source, Region statistics) {
        ProgramBuilder.Parts parts = builder.columns(
                node.layer() + " sums", "norm_sum", Extent.of(source, source), 2, new Arguments().tensor(source));
        Arguments arguments = new Arguments()
                .region(parts.sums())
                .at(source::address)
                .region(statistics);
        for (Kind kind : List.of(Kind.GAMMA, Kind.BETA, Kind.MEAN, Kind.VARIANCE)) {
            arguments.at(() -> compilation.weights().address(compilation.parameter(node, kind)));
        }
        builder.finishColumns(
                node.layer() + " statistics",
                "norm_finish",
                source.channels(),
                arguments
                        .floats(norm.epsilon())
                        .floats(1 - norm.decay())
                        .ints(parts.count(), source.rows(), source.channels()),
                parts.sums(),
                source.region(),
                statistics);
    }

    private record Normal(
            Tensor source, Tensor result, Region statistics, @Nullable Tensor residual, boolean relu) {}

    private void normalise(String title, Normal normal) {
        builder.elementwise(
                title,
                "norm_apply",
                Extent.of(normal.result(), normal.source(), normal.result(), normal.residual()),
                new Arguments()
                        .tensor(normal.source())
                        .tensor(normal.result())
                        .region(normal.statistics())
                        .maybe(normal.residual())
                        .ints(normal.relu() ? 1 : 0),
                normal.statistics());
    }

    private Saved addition(Node node, Addition addition) {
        int norm = compilation.joinedNorm(node);
        Tensor result = output(node);
        if (norm >= 0) {
            Saved left = saved.get(norm);
            int other = node.inputs().get(0) == norm ? 1 : 0;
            normalise(
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
                new Arguments().tensor(first).tensor(second).tensor(result).ints(addition.relu() ? 1 : 0));
        return Saved.of(first, result);
    }

    private Saved pool(Node node, Tensor source) {
        Tensor result = output(node);
        boolean keepsPlaces = compilation.training() && compilation.largest(node);
        Region places = builder.allocate((long) result.rows() * result.channels() * Short.BYTES);
        Arguments arguments = new Arguments().tensor(source).tensor(result);
        if (keepsPlaces) {
            arguments.region(places);
        } else {
            arguments.none();
        }
        arguments.structure(compilation.pooling(node)).ints(compilation.largest(node) ? 1 : 0);
        if (keepsPlaces) {
            builder.elementwise(node.layer(), "pool", Extent.of(result, source, result), arguments, places);
        } else {
            builder.elementwise(node.layer(), "pool", Extent.of(result, source, result), arguments);
        }
        return new Saved(source, result, null, null, keepsPlaces ? places : null, -1);
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
        Grid oneBlockEach = new Grid(batch, 1, THREADS, 1);
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
                new Grid(1, 1, THREADS, 1),
                new Arguments().region(losses).region(rights).at(compilation.buffers()::seen).ints(batch),
                losses,
                rights);
        builder.add(compilation.buffers().seenOut());
        return Saved.of(gradient, gradient);
    }
}
