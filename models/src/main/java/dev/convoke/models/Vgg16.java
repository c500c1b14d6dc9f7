package dev.convoke.models;

import static org.deeplearning4j.nn.conf.ConvolutionMode.Truncate;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * VGG, configuration D: thirteen 3x3 convolutions and three dense layers. The largest state of all, for its size.
 *
 * @see <a href="https://arxiv.org/abs/1409.1556">Simonyan and Zisserman 2014</a>
 */
final class Vgg16 implements Architecture {

    private static final int[] CONVOLUTIONS = {2, 2, 3, 3, 3};
    private static final int[] FILTERS = {64, 128, 256, 512, 512};

    @Override
    public String name() {
        return "vgg16";
    }

    @Override
    public String idea() {
        return "thirteen 3x3 convolutions in five blocks, two dense layers of 4096";
    }

    @Override
    public int smallestInputPixels() {
        return 32;
    }

    @Override
    public ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        GraphBlocks blocks = new GraphBlocks(spec, optimizer, seed);
        String x = GraphBlocks.INPUT;
        for (int block = 0; block < CONVOLUTIONS.length; block++) {
            for (int i = 1; i <= CONVOLUTIONS[block]; i++) {
                x = blocks.convolution("conv" + (block + 1) + "_" + i, x, Convolution.of(FILTERS[block], 3));
            }
            x = blocks.maxPool("pool" + (block + 1), x, 2, 2, Truncate);
        }
        // The source has no dropout here; a recipe may ask for the paper's.
        x = blocks.dropout("dropout6", blocks.dense("fc6", x, 4096), 0);
        x = blocks.dropout("dropout7", blocks.dense("fc7", x, 4096), 0);
        return blocks.classifier(x);
    }
}
