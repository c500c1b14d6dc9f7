package dev.convoke.bench.gpu;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Same;
import static org.deeplearning4j.nn.conf.ConvolutionMode.Truncate;

import dev.convoke.models.ImageShape;
import dev.convoke.models.OptimizerSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** A small network for each operation, so that a defect shows where it is: the operation, then an output layer. */
final class OperationGraphs {

    /** Odd and even sides, so that padding is uneven in one of them. */
    private static final ImageShape WIDE = new ImageShape(8, 12, 9);

    private static final ImageShape RGB = new ImageShape(3, 14, 14);
    private static final int CLASSES = 5;
    private static final String INPUT = "input";

    /** What an operation reads, and how its graph goes on; the name of the last layer is returned. */
    private record Small(ImageShape image, BiFunction<GraphBuilder, String, String> body) {}

    private static final Map<String, Small> SMALL = new LinkedHashMap<>();

    static {
        SMALL.put("op-output", new Small(WIDE, (graph, x) -> x));
        SMALL.put("op-dense-relu", new Small(WIDE, (graph, x) -> dense(graph, "dense", x, 24)));
        SMALL.put("op-dense-odd", new Small(WIDE, (graph, x) -> dense(graph, "dense", x, 7)));
        SMALL.put("op-conv", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, linear(16, 3, 1, Same))));
        SMALL.put("op-conv-relu", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, relu(16, 3, 1, Same))));
        SMALL.put("op-conv-no-bias", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, bare(16, 3, 1, Same))));
        SMALL.put("op-conv-valid", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, relu(16, 5, 2, Truncate))));
        SMALL.put("op-conv-same-stride", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, relu(16, 3, 2, Same))));
        SMALL.put("op-conv-1x1", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, relu(24, 1, 1, Same))));
        SMALL.put("op-conv-1x1-stride", new Small(WIDE, (graph, x) -> conv(graph, "conv", x, bare(16, 1, 2, Same))));
        SMALL.put("op-conv-two", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "first", x, relu(16, 3, 1, Same));
            return conv(graph, "second", first, relu(16, 3, 1, Same));
        }));
        SMALL.put("op-conv-rgb", new Small(RGB, (graph, x) -> {
            String first = conv(graph, "first", x, relu(16, 7, 2, Same));
            return conv(graph, "second", first, relu(8, 3, 1, Same));
        }));
        SMALL.put("op-conv-5-channels", new Small(new ImageShape(5, 12, 9), (graph, x) -> {
            String first = conv(graph, "first", x, relu(5, 3, 1, Same));
            return conv(graph, "second", first, relu(13, 3, 2, Same));
        }));
        SMALL.put("op-relu", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, linear(16, 3, 1, Same));
            String pooled = pool(graph, "pool", first, PoolingType.AVG, new int[] {2, 2}, Truncate);
            return activation(graph, "relu", pooled);
        }));
        SMALL.put("op-batch-norm", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, bare(16, 3, 1, Same));
            return norm(graph, "norm", first);
        }));
        SMALL.put("op-batch-norm-relu", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, bare(16, 3, 1, Same));
            String normal = activation(graph, "relu", norm(graph, "norm", first));
            return conv(graph, "second", normal, relu(8, 3, 1, Same));
        }));
        SMALL.put("op-bias-norm", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, linear(16, 3, 1, Same));
            return conv(graph, "second", norm(graph, "norm", first), relu(8, 3, 1, Same));
        }));
        SMALL.put("op-relu-norm", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            return conv(graph, "second", norm(graph, "norm", first), relu(8, 3, 1, Same));
        }));
        SMALL.put("op-norm-pool", new Small(WIDE, (graph, x) -> {
            String first = norm(graph, "norm", conv(graph, "conv", x, relu(16, 3, 1, Same)));
            return pool(graph, "pool", first, PoolingType.MAX, new int[] {3, 2}, Truncate);
        }));
        SMALL.put("op-norm-relu-pool", new Small(WIDE, (graph, x) -> {
            String first = norm(graph, "norm", conv(graph, "conv", x, bare(16, 3, 1, Same)));
            String normal = activation(graph, "relu", first);
            String pooled = pool(graph, "pool", normal, PoolingType.MAX, new int[] {2, 2}, Same);
            return conv(graph, "second", pooled, relu(8, 3, 1, Same));
        }));
        SMALL.put("op-addition", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            String second = conv(graph, "branch", first, linear(16, 3, 1, Same));
            graph.addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), second, first);
            return activation(graph, "relu", "sum");
        }));
        SMALL.put("op-addition-norm", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            String left = norm(graph, "left-norm", conv(graph, "left", first, bare(16, 3, 2, Same)));
            String right = norm(graph, "right-norm", conv(graph, "right", first, bare(16, 1, 2, Same)));
            graph.addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), left, right);
            return activation(graph, "relu", "sum");
        }));
        SMALL.put("op-max-pool", pooled(PoolingType.MAX, new int[] {2, 2}, Truncate));
        SMALL.put("op-max-pool-same", pooled(PoolingType.MAX, new int[] {3, 2}, Same));
        SMALL.put("op-max-pool-one", pooled(PoolingType.MAX, new int[] {3, 1}, Same));
        SMALL.put("op-average-pool", pooled(PoolingType.AVG, new int[] {3, 3}, Truncate));
        SMALL.put("op-average-pool-overlap", pooled(PoolingType.AVG, new int[] {3, 2}, Truncate));
        SMALL.put("op-global-average", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            graph.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), first);
            return "pool";
        }));
        SMALL.put("op-dropout", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            graph.addLayer("drop", new DropoutLayer.Builder(0.6).build(), first);
            String second = dense(graph, "dense", "drop", 24);
            graph.addLayer("drop-more", new DropoutLayer.Builder(0.5).build(), second);
            return "drop-more";
        }));
        SMALL.put("op-concatenation", new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            String left = conv(graph, "left", first, relu(8, 1, 1, Same));
            String right = conv(graph, "right", first, relu(12, 3, 1, Same));
            graph.addVertex("both", new MergeVertex(), left, first, right);
            return conv(graph, "last", "both", relu(8, 1, 1, Same));
        }));
    }

    /** What a convolution is built of. */
    private record Kernel(int filters, int size, int stride, ConvolutionMode mode, boolean relu, boolean bias) {}

    private OperationGraphs() {}

    /** Returns the names, simple ones first. */
    static List<String> names() {
        return List.copyOf(SMALL.keySet());
    }

    /** Returns the shape of the images of a small network. */
    static ImageShape image(String name) {
        return small(name).image();
    }

    /** Returns a small network. */
    static ComputationGraphConfiguration configuration(String name, OptimizerSpec optimizer) {
        Small small = small(name);
        ImageShape image = small.image();
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .activation(Activation.IDENTITY)
                .updater(new Nesterovs(0.01, optimizer.momentum()))
                .l2(optimizer.weightDecay())
                .graphBuilder()
                .addInputs(INPUT)
                .setInputTypes(InputType.convolutional(image.height(), image.width(), image.channels()));
        String last = small.body().apply(graph, INPUT);
        graph.addLayer(
                "predictions",
                new OutputLayer.Builder(new LossMCXENT())
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build(),
                last);
        ComputationGraphConfiguration configuration =
                graph.setOutputs("predictions").build();
        new ComputationGraph(configuration).calculateIndices();
        return configuration;
    }

    private static Small small(String name) {
        Small small = SMALL.get(name);
        if (small == null) {
            throw new IllegalArgumentException("No small network '" + name + "'; there are " + SMALL.keySet());
        }
        return small;
    }

    private static Small pooled(PoolingType type, int[] kernelAndStride, ConvolutionMode mode) {
        return new Small(WIDE, (graph, x) -> {
            String first = conv(graph, "conv", x, relu(16, 3, 1, Same));
            return pool(graph, "pool", first, type, kernelAndStride, mode);
        });
    }

    private static Kernel relu(int filters, int size, int stride, ConvolutionMode mode) {
        return new Kernel(filters, size, stride, mode, true, true);
    }

    private static Kernel linear(int filters, int size, int stride, ConvolutionMode mode) {
        return new Kernel(filters, size, stride, mode, false, true);
    }

    private static Kernel bare(int filters, int size, int stride, ConvolutionMode mode) {
        return new Kernel(filters, size, stride, mode, false, false);
    }

    private static String conv(GraphBuilder graph, String name, String from, Kernel kernel) {
        graph.addLayer(
                name,
                new ConvolutionLayer.Builder(kernel.size(), kernel.size())
                        .stride(kernel.stride(), kernel.stride())
                        .nOut(kernel.filters())
                        .convolutionMode(kernel.mode())
                        .activation(kernel.relu() ? Activation.RELU : Activation.IDENTITY)
                        .hasBias(kernel.bias())
                        .build(),
                from);
        return name;
    }

    private static String dense(GraphBuilder graph, String name, String from, int units) {
        graph.addLayer(
                name,
                new DenseLayer.Builder().nOut(units).activation(Activation.RELU).build(),
                from);
        return name;
    }

    private static String norm(GraphBuilder graph, String name, String from) {
        graph.addLayer(
                name,
                new BatchNormalization.Builder()
                        .decay(0.9)
                        .eps(1e-3)
                        .useLogStd(false)
                        .build(),
                from);
        return name;
    }

    private static String activation(GraphBuilder graph, String name, String from) {
        graph.addLayer(name, new ActivationLayer(Activation.RELU), from);
        return name;
    }

    private static String pool(
            GraphBuilder graph, String name, String from, PoolingType type, int[] kernelAndStride, ConvolutionMode m) {
        graph.addLayer(
                name,
                new SubsamplingLayer.Builder(type)
                        .kernelSize(kernelAndStride[0], kernelAndStride[0])
                        .stride(kernelAndStride[1], kernelAndStride[1])
                        .convolutionMode(m)
                        .build(),
                from);
        return name;
    }
}
