package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Same;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** A network of a few thousand parameters with every kind of layer the real ones have, for tests of engines. */
public final class TinyNetwork {

    /** The shape of its input. */
    public static final ImageShape INPUT = new ImageShape(3, 9, 8);

    /** How many classes it tells apart. */
    public static final int CLASSES = 3;

    private TinyNetwork() {}

    /** Returns the network with two dropout layers of the given rate; a rate of 0 leaves them out. */
    public static ComputationGraphConfiguration configure(OptimizerSpec optimizer, double dropoutRate, long seed) {
        NetworkSpec spec = new NetworkSpec("tiny", INPUT, CLASSES, dropoutRate);
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        String x = blocks.batchNorm("input_bn", GraphBlocks.INPUT);
        x = blocks.convolution("conv1", x, Convolution.of(8, 3).stride(2).valid());
        x = blocks.maxPool("pool1", x, 3, 1, Same);
        String left = blocks.convolution("left", x, Convolution.of(4, 1));
        String right =
                blocks.convolution("right", x, Convolution.of(4, 5).linear().withoutBias());
        right = blocks.relu("right_relu", blocks.batchNorm("right_bn", right));
        x = blocks.add("add", blocks.concatenate("concat", left, right), x);
        String pooled = blocks.averagePool("pool2", x, 2);
        String dense = blocks.dropout("dropout3", blocks.dense("fc3", pooled, 12), dropoutRate);
        dense = blocks.dropout("dropout4", blocks.dense("fc4", dense, 10), dropoutRate);
        return blocks.classifier(dense);
    }

    /**
     * Returns a network that can be compiled and that oneDNN refuses: it concatenates images, and what dense layers
     * make is none to it.
     */
    public static ComputationGraphConfiguration joiningDenseLayers(long seed) {
        GraphBlocks blocks = new GraphBlocks(new NetworkSpec("joining", INPUT, CLASSES, null), OptimizerSpec.SGD, seed);
        String x = blocks.convolution("conv1", GraphBlocks.INPUT, Convolution.of(8, 3));
        return blocks.classifier(blocks.concatenate("join", blocks.dense("left", x, 6), blocks.dense("right", x, 5)));
    }

    /** Returns a network without batch norm and dropout, which computes the same in training as in prediction. */
    public static ComputationGraphConfiguration plain(OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(new NetworkSpec("plain", INPUT, CLASSES, null), optimizer, seed);
        String x = blocks.convolution("conv1", GraphBlocks.INPUT, Convolution.of(8, 3));
        return blocks.classifier(blocks.dense("fc2", x, 12));
    }
}
