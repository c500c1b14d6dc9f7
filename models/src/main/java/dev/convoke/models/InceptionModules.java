package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Same;

import org.deeplearning4j.nn.conf.ConvolutionMode;

/** The nine modules that both Inception networks share, and the classifier's pooling. */
final class InceptionModules {

    private static final double DROPOUT = 0.4;

    private InceptionModules() {}

    /**
     * The widths of one module's towers.
     *
     * @param one filters of the 1x1 tower
     * @param threeReduce filters of the 1x1 before the 3x3
     * @param three filters of the 3x3
     * @param fiveReduce filters of the 1x1 before the 5x5
     * @param five filters of the 5x5
     * @param pool filters of the 1x1 after the pool
     */
    private record Widths(int one, int threeReduce, int three, int fiveReduce, int five, int pool) {}

    /**
     * Adds modules 3a to 5b with a 3x3 pool of stride 2 after 3b and 4e, a global average pool and dropout.
     *
     * @param padding of the two pools
     */
    static String add(GraphBlocks blocks, String from, ConvolutionMode padding) {
        String x = module(blocks, "inception3a", from, new Widths(64, 96, 128, 16, 32, 32));
        x = module(blocks, "inception3b", x, new Widths(128, 128, 192, 32, 96, 64));
        x = blocks.maxPool("pool3", x, 3, 2, padding);
        x = module(blocks, "inception4a", x, new Widths(192, 96, 208, 16, 48, 64));
        x = module(blocks, "inception4b", x, new Widths(160, 112, 224, 24, 64, 64));
        x = module(blocks, "inception4c", x, new Widths(128, 128, 256, 24, 64, 64));
        x = module(blocks, "inception4d", x, new Widths(112, 144, 288, 32, 64, 64));
        x = module(blocks, "inception4e", x, new Widths(256, 160, 320, 32, 128, 128));
        x = blocks.maxPool("pool4", x, 3, 2, padding);
        x = module(blocks, "inception5a", x, new Widths(256, 160, 320, 32, 128, 128));
        x = module(blocks, "inception5b", x, new Widths(384, 192, 384, 48, 128, 128));
        x = blocks.globalAveragePool("pool5", x);
        return blocks.dropout("dropout5", x, DROPOUT);
    }

    private static String module(GraphBlocks blocks, String name, String from, Widths widths) {
        String one = blocks.convolution(name + "_1x1", from, Convolution.of(widths.one(), 1));
        String three = blocks.convolution(name + "_3x3_reduce", from, Convolution.of(widths.threeReduce(), 1));
        three = blocks.convolution(name + "_3x3", three, Convolution.of(widths.three(), 3));
        String five = blocks.convolution(name + "_5x5_reduce", from, Convolution.of(widths.fiveReduce(), 1));
        five = blocks.convolution(name + "_5x5", five, Convolution.of(widths.five(), 5));
        String pool = blocks.maxPool(name + "_pool", from, 3, 1, Same);
        pool = blocks.convolution(name + "_pool_1x1", pool, Convolution.of(widths.pool(), 1));
        return blocks.concatenate(name, one, three, five, pool);
    }
}
