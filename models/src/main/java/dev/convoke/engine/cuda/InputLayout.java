package dev.convoke.engine.cuda;

import dev.convoke.engine.plan.Axis;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Plan;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import java.util.List;

/**
 * How the images that a network reads stand on the GPU. Where one strided convolution reads them, a block of as many
 * pixels as its stride becomes one pixel, so that the convolution has channels enough for the tensor cores and no
 * stride; its padding is there already. Where only convolutions read them, the channels are filled up with zeros to
 * what one access holds.
 *
 * @param block pixels of each side of a block
 * @param top rows of zeros before the image
 * @param left columns of zeros before the image
 * @param shape of a row of blocks, all values of a block counted as channels, without the filling
 * @param pitch values of one block, filled up
 */
record InputLayout(int block, int top, int left, ImageShape shape, int pitch) {

    private static final int MOST_CHANNELS = 128;

    /**
     * Chooses the layout for a plan.
     *
     * @param vector values that one access holds
     */
    static InputLayout of(Plan plan, int vector) {
        ImageShape image = plan.input();
        List<Node> readers =
                plan.nodes().stream().filter(node -> node.inputs().contains(0)).toList();
        boolean onlyConvolutions = readers.stream().allMatch(node -> node.operation() instanceof Convolution);
        if (!onlyConvolutions) {
            return new InputLayout(1, 0, 0, image, image.channels());
        }
        if (readers.size() == 1 && readers.get(0).inputs().size() == 1) {
            Window window = ((Convolution) readers.get(0).operation()).window();
            int stride = window.rows().stride();
            int channels = image.channels() * stride * stride;
            if (stride > 1
                    && stride == window.columns().stride()
                    && stride <= window.rows().kernel()
                    && stride <= window.columns().kernel()
                    && channels <= MOST_CHANNELS) {
                ImageShape blocks = new ImageShape(
                        channels, blocks(window.rows(), image.height()), blocks(window.columns(), image.width()));
                return new InputLayout(
                        stride,
                        window.rows().before(image.height()),
                        window.columns().before(image.width()),
                        blocks,
                        filled(channels, vector));
            }
        }
        return new InputLayout(1, 0, 0, image, filled(image.channels(), vector));
    }

    /** Returns how many blocks a convolution reads along an axis. */
    private static int blocks(Axis axis, int size) {
        return axis.output(size) + blocked(axis.kernel(), axis.stride()) - 1;
    }

    private static int filled(int channels, int vector) {
        return blocked(channels, vector) * vector;
    }

    /** Returns how many blocks cover so many pixels. */
    static int blocked(int pixels, int block) {
        return (pixels + block - 1) / block;
    }
}
