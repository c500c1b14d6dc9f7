package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Same;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * ResNet-34 of the paper: batch norm after every convolution, none of which has a bias; projections where the shape
 * changes. The residual network to use unless the source notebook's is wanted.
 *
 * @see <a href="https://arxiv.org/abs/1512.03385">He et al. 2015</a>
 */
final class ResNet34 implements Architecture {

    private static final int[] BLOCKS = {3, 4, 6, 3};

    @Override
    public String name() {
        return "resnet34";
    }

    @Override
    public String idea() {
        return "the paper's 34 layers: sixteen basic residual blocks after a 7x7 stem";
    }

    @Override
    public int smallestInputPixels() {
        return 1;
    }

    @Override
    public ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        String x = normalised(
                blocks, "conv1", GraphBlocks.INPUT, Convolution.of(64, 7).stride(2));
        x = blocks.relu("conv1_relu", x);
        x = blocks.maxPool("pool1", x, 3, 2, Same);
        int filters = 64;
        for (int stage = 0; stage < BLOCKS.length; stage++) {
            for (int i = 0; i < BLOCKS[stage]; i++) {
                int stride = i == 0 && stage > 0 ? 2 : 1;
                x = block(blocks, "stage" + (stage + 1) + "_block" + (i + 1), x, filters, stride);
            }
            filters *= 2;
        }
        return blocks.classifier(blocks.globalAveragePool("pool5", x));
    }

    private static String block(GraphBlocks blocks, String name, String from, int filters, int stride) {
        String x = normalised(
                blocks, name + "_conv1", from, Convolution.of(filters, 3).stride(stride));
        x = blocks.relu(name + "_relu1", x);
        x = normalised(blocks, name + "_conv2", x, Convolution.of(filters, 3));
        String shortcut = from;
        if (stride > 1) {
            Convolution projection = Convolution.of(filters, 1).stride(stride);
            shortcut = normalised(blocks, name + "_projection", from, projection);
        }
        return blocks.relu(name + "_relu2", blocks.add(name + "_add", shortcut, x));
    }

    private static String normalised(GraphBlocks blocks, String name, String from, Convolution convolution) {
        String x = blocks.convolution(name, from, convolution.linear().withoutBias());
        return blocks.batchNorm(name + "_bn", x);
    }
}
