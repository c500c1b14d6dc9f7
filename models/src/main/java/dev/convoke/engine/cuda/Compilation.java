package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.ConvolutionShape.Plane;
import dev.convoke.engine.cuda.ConvolutionShape.Sliding;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.plan.Axis;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation;
import dev.convoke.engine.plan.Operation.Addition;
import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.Classifier;
import dev.convoke.engine.plan.Operation.Concatenation;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dropout;
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Parameter;
import dev.convoke.engine.plan.Plan;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import java.util.List;

/** What the passes of one program share. */
final class Compilation {

    private static final int DROPOUT_LEVELS = 1 << 24;

    private final Plan plan;
    private final Purpose purpose;
    private final Parts parts;
    private final ProgramBuilder builder;

    /** What all programs of a replica compute with. */
    record Parts(
            Device device,
            Kernels kernels,
            Convolutions convolutions,
            Weights weights,
            StepBuffers buffers,
            InputLayout input,
            Numerics numerics) {}

    /**
     * What a program is for.
     *
     * @param batch examples
     * @param isTraining or predicting
     * @param ofPixels whether images come as bytes, else as float32
     */
    record Purpose(int batch, boolean isTraining, boolean ofPixels) {}

    Compilation(Plan plan, Purpose purpose, Parts parts) {
        this.plan = plan;
        this.purpose = purpose;
        this.parts = parts;
        this.builder = new ProgramBuilder(
                parts.device(), parts.kernels(), parts.numerics().valueBytes());
    }

    Plan plan() {
        return plan;
    }

    int batch() {
        return purpose.batch();
    }

    boolean training() {
        return purpose.isTraining();
    }

    boolean ofPixels() {
        return purpose.ofPixels();
    }

    Device device() {
        return parts.device();
    }

    Convolutions convolutions() {
        return parts.convolutions();
    }

    Weights weights() {
        return parts.weights();
    }

    StepBuffers buffers() {
        return parts.buffers();
    }

    Numerics numerics() {
        return parts.numerics();
    }

    ProgramBuilder builder() {
        return builder;
    }

    Node input(Node node, int which) {
        return plan.nodes().get(node.inputs().get(which));
    }

    /** Returns the nodes that read a node's output. */
    List<Node> readers(Node node) {
        return plan.nodes().stream()
                .filter(reader -> reader.inputs().contains(node.id()))
                .toList();
    }

    /** Returns how the network's input stands. */
    InputLayout inputLayout() {
        return parts.input();
    }

    /**
     * Returns how a convolution's kernel slides over what it reads; padding that differs at the ends is there already.
     */
    Sliding sliding(Node node, Convolution convolution) {
        Window window = convolution.window();
        ImageShape read = input(node, 0).shape();
        if (input(node, 0).operation() instanceof Input && parts.input().block() > 1) {
            int block = parts.input().block();
            return new Sliding(
                    InputLayout.blocked(window.rows().kernel(), block),
                    InputLayout.blocked(window.columns().kernel(), block),
                    1,
                    1,
                    0,
                    0);
        }
        return isSymmetric(window, read)
                ? Sliding.of(
                        window,
                        window.rows().before(read.height()),
                        window.columns().before(read.width()))
                : Sliding.of(window, 0, 0);
    }

    /** Returns the convolution of a node, without what follows it. */
    ConvolutionShape shape(Node node, Convolution convolution, Tensor source, Tensor result) {
        Plane plane = Plane.of(source);
        boolean isInput = input(node, 0).operation() instanceof Input;
        return new ConvolutionShape(
                ConvolutionShape.Pass.FORWARD,
                purpose.batch(),
                isInput ? plane.padded() : plane,
                Plane.of(result),
                sliding(node, convolution),
                ConvolutionShape.Epilogue.NONE);
    }

    /** Returns whether a convolution needs a copy of what it reads, with its padding. */
    boolean needsPadding(Node node, Convolution convolution) {
        boolean isThere =
                input(node, 0).operation() instanceof Input && parts.input().block() > 1;
        return !isThere && !isSymmetric(convolution.window(), input(node, 0).shape());
    }

    /** Returns whether a node's classifier reads it, so that its output is float32. */
    boolean isBeforeClassifier(Node node) {
        return readers(node).stream().anyMatch(reader -> reader.operation() instanceof Classifier);
    }

    /** Returns whether a normalisation is computed together with the addition that alone reads it. */
    boolean isJoined(Node node) {
        List<Node> readers = readers(node);
        return node.operation() instanceof BatchNorm norm
                && !norm.relu()
                && plan.readers(node) == 1
                && readers.get(0).operation() instanceof Addition
                && joinedNorm(readers.get(0)) == node.id();
    }

    /** Returns whether a normalisation's gradient passes the bias and the ReLU of the convolution before on its way. */
    boolean passesBiasOf(Node norm) {
        Node before = input(norm, 0);
        return before.operation() instanceof Convolution && plan.readers(before) == 1;
    }

    /** Returns whether a normalisation is computed by the pool of the largest that alone reads it. */
    boolean isPooled(Node node) {
        return plan.readers(node) == 1 && pooledNorm(readers(node).get(0)) == node.id();
    }

    /** Returns the normalisation that a pool computes on reading, or -1. */
    int pooledNorm(Node pool) {
        boolean isOfLargest = pool.operation() instanceof Pool own && own.largest();
        if (!isOfLargest || !(input(pool, 0).operation() instanceof BatchNorm)) {
            return -1;
        }
        return plan.readers(input(pool, 0)) == 1 ? input(pool, 0).id() : -1;
    }

    /** Returns the normalisation that an addition is computed together with, or -1: the last of its inputs. */
    int joinedNorm(Node addition) {
        int last = Math.max(addition.inputs().get(0), addition.inputs().get(1));
        Node node = plan.nodes().get(last);
        boolean joins = node.operation() instanceof BatchNorm norm
                && !norm.relu()
                && plan.readers(node) == 1
                && !addition.inputs().get(0).equals(addition.inputs().get(1));
        return joins ? last : -1;
    }

    /** Returns the concatenation that alone reads a node, whose memory the node can write into. */
    boolean writesIntoConcatenation(Node node) {
        Operation operation = node.operation();
        return plan.readers(node) == 1
                && readers(node).get(0).operation() instanceof Concatenation
                && !(operation instanceof Input || operation instanceof Concatenation || isPassedOn(operation));
    }

    /** Returns whether an operation's result is its input. */
    boolean isPassedOn(Operation operation) {
        return operation instanceof Dropout && !training();
    }

    /** Returns whether cuDNN's padding, the same at both ends, gives an output of the right size. */
    private static boolean isSymmetric(Window window, ImageShape read) {
        return isSymmetric(window.rows(), read.height()) && isSymmetric(window.columns(), read.width());
    }

    private static boolean isSymmetric(Axis axis, int size) {
        int covered = size + 2 * axis.before(size) - axis.kernel();
        return covered >= 0 && covered / axis.stride() + 1 == axis.output(size);
    }

    /** Adds a dropout of a tensor, in either direction: the mask is computed anew. */
    void dropout(Node node, Dropout dropout, Tensor from, Tensor to) {
        int kept = (int) Math.round(dropout.retain() * DROPOUT_LEVELS);
        builder.elementwise(
                node.layer() + " dropout",
                "dropout",
                ProgramBuilder.Extent.of(to, from, to),
                new Arguments()
                        .tensor(from)
                        .tensor(to)
                        .at(buffers()::settings)
                        .ints(dropout.ordinal(), kept)
                        .floats((float) (1 / dropout.retain()))
                        .ints(to.pixels()));
    }

    Parameter parameter(Node node, Kind kind) {
        return node.parameter(kind).orElseThrow();
    }

    /** Returns the tensor itself if its values stand one after the other, else a copy that does. */
    Tensor dense(Node node, Tensor tensor) {
        if (tensor.isDense()) {
            return tensor;
        }
        Tensor copy = builder.images(batch(), tensor.shape());
        copy(node.layer() + " copy", tensor, copy);
        return copy;
    }

    void copy(String title, Tensor from, Tensor to) {
        builder.elementwise(
                title,
                "copy_channels",
                ProgramBuilder.Extent.of(to, from, to),
                new Arguments().tensor(from).tensor(to));
    }

    /** Adds a copy of images into larger or smaller ones, shifted down and to the right. */
    void shift(String title, Tensor from, Tensor to, int down, int right) {
        builder.elementwise(
                title,
                "shift_images",
                new ProgramBuilder.Extent(to.rows(), Math.min(from.pitch(), to.pitch()), List.of(from, to)),
                new Arguments()
                        .at(from::address)
                        .at(to::address)
                        .ints(from.shape().height(), from.shape().width(), from.pitch())
                        .ints(to.shape().height(), to.shape().width(), to.pitch())
                        .ints(down, right));
    }
}
