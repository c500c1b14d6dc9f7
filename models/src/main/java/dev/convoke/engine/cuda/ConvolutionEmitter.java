package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.ConvolutionShape.Epilogue;
import dev.convoke.engine.cuda.ConvolutionShape.Pass;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
import dev.convoke.engine.cuda.ProgramBuilder.Extent;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Emits the three products of a convolution. */
final class ConvolutionEmitter {

    private final Compilation compilation;
    private final ProgramBuilder builder;

    ConvolutionEmitter(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
    }

    /**
     * Emits a forward pass.
     *
     * @param input what is read
     * @param result where it goes
     * @param residual what is added, or null
     */
    Saved forward(Node node, Convolution convolution, Tensor input, Tensor result, @Nullable Tensor residual) {
        Tensor source = padded(node, convolution, input);
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
        arrays.put(ConvolutionGraph.WEIGHTS, () -> weights.activationAddress(compilation.parameter(node, Kind.WEIGHT)));
        arrays.put(ConvolutionGraph.RESULT, result::address);
        List<Region> used = new ArrayList<>(List.of(source.region(), result.region()));
        if (bias) {
            arrays.put(ConvolutionGraph.BIAS, () -> weights.activationAddress(compilation.parameter(node, Kind.BIAS)));
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

    private void addBias(Node node, Convolution convolution, Tensor result, @Nullable Tensor residual, boolean bias) {
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

    /** Emits the gradient of what a convolution read, and returns it. */
    Tensor dataGradient(Node node, Convolution convolution, Saved left, Tensor given) {
        ImageShape read = compilation.input(node, 0).shape();
        Tensor whole = builder.images(compilation.batch(), left.source().shape());
        ConvolutionShape shape =
                compilation.shape(node, convolution, whole, given).with(Pass.DATA_GRADIENT);
        Tensor dense = given;
        if (compilation.convolutions().find(shape).isEmpty()) {
            dense = compilation.dense(node, given);
            shape = compilation.shape(node, convolution, whole, dense).with(Pass.DATA_GRADIENT);
        }
        add(node, "data gradient", shape, whole, null, dense);
        if (whole.shape().equals(read)) {
            return whole;
        }
        Tensor passed = builder.images(compilation.batch(), read);
        int top = convolution.window().rows().before(read.height());
        int left0 = convolution.window().columns().before(read.width());
        compilation.shift(node.layer() + " padding gradient", whole, passed, -top, -left0);
        return passed;
    }

    /** Emits the gradient of the weights, which the update takes. */
    void weightGradient(Node node, Convolution convolution, Saved left, Tensor given, Update update) {
        Weights.Slot slot = compilation.weights().slot(compilation.parameter(node, Kind.WEIGHT));
        Region sum = builder.allocate((long) slot.length() * builder.valueBytes());
        ConvolutionShape shape =
                compilation.shape(node, convolution, left.source(), given).with(Pass.WEIGHT_GRADIENT);
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
}
