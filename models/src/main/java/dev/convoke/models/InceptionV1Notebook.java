package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Truncate;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * Inception V1 as the source notebook has it: its second convolution reads the input directly, so the stem is one
 * linear 3x3 convolution and every module works at four times the paper's resolution. Eleven times the paper's
 * arithmetic; for comparisons.
 *
 * <p>The notebook ends in a map of class scores; a global average pool makes it a classifier.
 */
final class InceptionV1Notebook implements Architecture {

    @Override
    public String name() {
        return "inception-v1-notebook";
    }

    @Override
    public String idea() {
        return "the source notebook's: one 3x3 convolution on the input, then the nine modules";
    }

    @Override
    public int smallestInputPixels() {
        return 15;
    }

    @Override
    public ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        String x = blocks.convolution(
                "conv1", GraphBlocks.INPUT, Convolution.of(192, 3).linear());
        x = blocks.maxPool("pool1", x, 3, 2, Truncate);
        return blocks.classifier(InceptionModules.add(blocks, x, Truncate));
    }
}
