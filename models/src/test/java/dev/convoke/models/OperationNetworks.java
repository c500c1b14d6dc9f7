package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Same;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * One small network for each operation of the compiler: a convolution, the operation, a dense layer and a classifier.
 * What the operation does to the gradient that passes through it decides the convolution's.
 */
public final class OperationNetworks {

    /** The shape of their input. */
    public static final ImageShape INPUT = new ImageShape(2, 6, 5);

    /** How many classes they tell apart. */
    public static final int CLASSES = 3;

    private static final int FILTERS = 4;

    /** As many as a vector holds: only between whole vectors a layout can be cut. */
    private static final int VECTOR = 16;

    private static final int UNITS = 6;

    /** One whose inputs oneDNN can write in their places. */
    public static final String CONCATENATION_IN_PLACE = "concatenation in place";

    /** Each adds its operation behind a layer of four channels and returns the last layer's name. */
    private static final Map<String, BiFunction<GraphBlocks, String, String>> OPERATIONS = new TreeMap<>(Map.ofEntries(
            Map.entry("nothing", (blocks, x) -> x),
            Map.entry("convolution", (blocks, x) -> blocks.convolution("op", x, convolution(3))),
            Map.entry(
                    "convolution without bias",
                    (blocks, x) -> blocks.convolution("op", x, convolution(3).withoutBias())),
            Map.entry("convolution 1x1", (blocks, x) -> blocks.convolution("op", x, convolution(1))),
            Map.entry(
                    "convolution with stride",
                    (blocks, x) ->
                            blocks.convolution("op", x, convolution(3).stride(2).valid())),
            Map.entry("convolution and ReLU", (blocks, x) -> blocks.convolution("op", x, Convolution.of(FILTERS, 3))),
            Map.entry("batch norm", (blocks, x) -> blocks.batchNorm("op", x)),
            Map.entry("batch norm and ReLU", (blocks, x) -> blocks.relu("relu", blocks.batchNorm("op", x))),
            Map.entry("ReLU", (blocks, x) -> blocks.relu("op", x)),
            Map.entry("max pooling", (blocks, x) -> blocks.maxPool("op", x, 3, 2, Same)),
            Map.entry("average pooling", (blocks, x) -> blocks.averagePool("op", x, 2)),
            Map.entry("global average pooling", (blocks, x) -> blocks.globalAveragePool("op", x)),
            Map.entry("dropout", (blocks, x) -> blocks.dropout("drop", blocks.dense("op", x, UNITS), 0.5)),
            Map.entry(
                    "concatenation",
                    (blocks, x) -> blocks.concatenate(
                            "op",
                            blocks.convolution("left", x, convolution(1)),
                            x,
                            blocks.convolution("right", x, convolution(3)))),
            Map.entry(
                    CONCATENATION_IN_PLACE,
                    (blocks, x) -> blocks.globalAveragePool(
                            "pool",
                            blocks.concatenate(
                                    "op",
                                    blocks.convolution("left", x, Convolution.of(VECTOR, 1)),
                                    blocks.convolution("right", x, Convolution.of(VECTOR, 3))))),
            Map.entry(
                    "max pooling behind ReLU",
                    (blocks, x) ->
                            blocks.maxPool("op", blocks.convolution("in", x, Convolution.of(FILTERS, 3)), 3, 2, Same)),
            Map.entry("max pooling that two read", (blocks, x) -> {
                String pooled = blocks.maxPool("op", x, 3, 2, Same);
                return blocks.add("sum", blocks.convolution("left", pooled, convolution(3)), pooled);
            }),
            Map.entry(
                    "dropout of images",
                    (blocks, x) -> blocks.dropout("op", blocks.convolution("in", x, Convolution.of(FILTERS, 3)), 0.5)),
            Map.entry(
                    "addition of batch norms and ReLU",
                    (blocks, x) -> blocks.relu(
                            "relu",
                            blocks.add(
                                    "op",
                                    blocks.batchNorm("left", blocks.convolution("in", x, convolution(3))),
                                    blocks.batchNorm("right", x)))),
            Map.entry("addition", (blocks, x) -> blocks.add("op", blocks.convolution("left", x, convolution(3)), x)),
            Map.entry(
                    "addition and ReLU",
                    (blocks, x) ->
                            blocks.relu("relu", blocks.add("op", blocks.convolution("left", x, convolution(3)), x)))));

    private OperationNetworks() {}

    /** Returns the names of the operations. */
    public static Iterable<String> names() {
        return OPERATIONS.keySet();
    }

    /** Returns the network of an operation, trained by plain gradient descent. */
    public static ComputationGraphConfiguration of(String operation, long seed) {
        GraphBlocks blocks = new GraphBlocks(new NetworkSpec("one", INPUT, CLASSES, null), OptimizerSpec.SGD, seed);
        String x = blocks.convolution("before", GraphBlocks.INPUT, convolution(3));
        BiFunction<GraphBlocks, String, String> add = OPERATIONS.get(operation);
        if (add == null) {
            throw new IllegalArgumentException("No operation '" + operation + "'; there are " + OPERATIONS.keySet());
        }
        return blocks.classifier(blocks.dense("after", add.apply(blocks, x), UNITS));
    }

    private static Convolution convolution(int kernel) {
        return Convolution.of(FILTERS, kernel).linear();
    }
}
