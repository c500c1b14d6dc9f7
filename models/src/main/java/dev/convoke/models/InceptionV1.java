package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Same;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * Inception V1 (GoogLeNet) with the paper's stem in series: little state and little arithmetic for its depth.
 *
 * @see <a href="https://arxiv.org/abs/1409.4842">Szegedy et al. 2014</a>
 */
final class InceptionV1 implements Architecture {

    @Override
    public String name() {
        return "inception-v1";
    }

    @Override
    public String idea() {
        return "the paper's stem, nine modules of four parallel towers, global average pool";
    }

    @Override
    public int smallestInputPixels() {
        return 1;
    }

    @Override
    public ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        String x = blocks.convolution(
                "conv1", GraphBlocks.INPUT, Convolution.of(64, 7).stride(2));
        x = blocks.maxPool("pool1", x, 3, 2, Same);
        x = blocks.convolution("conv2_reduce", x, Convolution.of(64, 1));
        x = blocks.convolution("conv2", x, Convolution.of(192, 3));
        x = blocks.maxPool("pool2", x, 3, 2, Same);
        return blocks.classifier(InceptionModules.add(blocks, x, Same));
    }
}
