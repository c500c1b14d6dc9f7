package dev.convoke.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * The source notebook's residual network: fourteen basic blocks that start at full resolution, with batch norm on the
 * input and after each addition. Few parameters, more arithmetic than any other here.
 *
 * @see <a href="https://arxiv.org/abs/1512.03385">He et al. 2015</a>
 */
final class NotebookResNet implements Architecture {

    private static final int[] BLOCKS = {2, 5, 5, 2};

    @Override
    public String name() {
        return "resnet";
    }

    @Override
    public String idea() {
        return "fourteen basic residual blocks from full resolution on, batch norm on the input";
    }

    @Override
    public int smallestInputPixels() {
        return 25;
    }

    @Override
    public ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        String x = blocks.batchNorm("input_bn", GraphBlocks.INPUT);
        x = blocks.convolution("conv1", x, Convolution.of(64, 3).linear());
        x = blocks.relu("relu1", blocks.batchNorm("bn1", x));
        int filters = 64;
        for (int stage = 0; stage < BLOCKS.length; stage++) {
            for (int i = 0; i < BLOCKS[stage]; i++) {
                int stride = i == 0 && stage > 0 ? 2 : 1;
                x = block(blocks, "stage" + (stage + 1) + "_block" + (i + 1), x, filters, stride);
            }
            filters *= 2;
        }
        return blocks.classifier(blocks.averagePool("pool", x, 4));
    }

    private static String block(GraphBlocks blocks, String name, String from, int filters, int stride) {
        Convolution three = Convolution.of(filters, 3).linear();
        String x = blocks.convolution(name + "_conv1", from, three.stride(stride));
        x = blocks.relu(name + "_relu1", blocks.batchNorm(name + "_bn1", x));
        x = blocks.convolution(name + "_conv2", x, three);
        String shortcut = from;
        if (stride > 1) {
            Convolution projection = Convolution.of(filters, 1).linear().stride(stride);
            shortcut = blocks.convolution(name + "_projection", from, projection);
        }
        String sum = blocks.add(name + "_add", shortcut, x);
        return blocks.relu(name + "_relu2", blocks.batchNorm(name + "_bn2", sum));
    }
}
