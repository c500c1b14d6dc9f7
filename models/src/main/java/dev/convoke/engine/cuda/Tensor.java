package dev.convoke.engine.cuda;

import dev.convoke.models.ImageShape;

/**
 * Images of a minibatch on the GPU, channels last: a row for each pixel, in the format of activations.
 *
 * @param region the memory it is in
 * @param offset bytes from the region's start to the first value
 * @param batch how many examples
 * @param shape of one example
 * @param pitch values from one row to the next; at least the channels
 */
record Tensor(Region region, long offset, int batch, ImageShape shape, int pitch) {

    int rows() {
        return Math.multiplyExact(batch, Math.multiplyExact(shape.height(), shape.width()));
    }

    int channels() {
        return shape.channels();
    }

    int pixels() {
        return shape.height() * shape.width();
    }

    boolean isDense() {
        return pitch == shape.channels();
    }

    long address() {
        return region.address() + offset;
    }
}
