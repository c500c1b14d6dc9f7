package dev.convoke.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** Networks around a convolution of many channels, "op", trained by plain gradient descent. */
public final class TiledNetworks {

    /** How many classes they tell apart. */
    public static final int CLASSES = 4;

    private TiledNetworks() {}

    /**
     * What the convolution is like.
     *
     * @param channels it reads
     * @param filters it writes
     * @param pads whether the image is padded so that it keeps its size
     * @param relu whether only what is positive passes
     * @param bias whether each filter has one
     * @param joined whether another's result is stacked on its own
     */
    public record Kind(int channels, int filters, boolean pads, boolean relu, boolean bias, boolean joined) {}

    /** Returns a network whose convolution has a gradient to pass on, and another for each place of its result. */
    public static ComputationGraphConfiguration of(Kind kind, ImageShape input) {
        GraphBlocks blocks = new GraphBlocks(new NetworkSpec("tiled", input, CLASSES, null), OptimizerSpec.SGD, 3);
        String x = blocks.convolution(
                "before", GraphBlocks.INPUT, Convolution.of(kind.channels(), 1).linear());
        Convolution tiled = Convolution.of(kind.filters(), 3);
        tiled = kind.relu() ? tiled : tiled.linear();
        tiled = kind.bias() ? tiled : tiled.withoutBias();
        tiled = kind.pads() ? tiled : tiled.valid();
        String op = blocks.convolution("op", x, tiled);
        if (kind.joined()) {
            op = blocks.concatenate("join", blocks.convolution("beside", x, Convolution.of(32, 1)), op);
        }
        return blocks.classifier(blocks.dense("after", blocks.averagePool("pool", op, 2), 8));
    }
}
