package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Truncate;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * AlexNet as one tower, with batch normalisation in place of local response normalisation: few FLOP for many
 * parameters, so it stresses averaging more than arithmetic.
 *
 * @see <a href="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks">
 *     Krizhevsky et al. 2012</a>
 */
final class AlexNet implements Architecture {

    @Override
    public String name() {
        return "alexnet";
    }

    @Override
    public String idea() {
        return "five convolutions with batch norm, two dense layers of 4096 with dropout";
    }

    @Override
    public int smallestInputPixels() {
        return 67;
    }

    @Override
    public ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        Convolution first = Convolution.of(96, 11).stride(4).valid();
        String x = normalised(blocks, 1, GraphBlocks.INPUT, first);
        x = blocks.maxPool("pool1", x, 3, 2, Truncate);
        x = normalised(blocks, 2, x, Convolution.of(256, 5));
        x = blocks.maxPool("pool2", x, 3, 2, Truncate);
        x = normalised(blocks, 3, x, Convolution.of(384, 3));
        x = normalised(blocks, 4, x, Convolution.of(384, 3));
        x = normalised(blocks, 5, x, Convolution.of(256, 3));
        x = blocks.maxPool("pool5", x, 3, 2, Truncate);
        x = blocks.dropout("dropout6", blocks.dense("fc6", x, 4096), 0.5);
        x = blocks.dropout("dropout7", blocks.dense("fc7", x, 4096), 0.5);
        return blocks.classifier(x);
    }

    private static String normalised(GraphBlocks blocks, int number, String from, Convolution convolution) {
        return blocks.batchNorm("bn" + number, blocks.convolution("conv" + number, from, convolution));
    }
}
