package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;

/**
 * Images {@code [batch, channels, height, width]} in float32 whose channels stand in blocks of a vector, as an array or
 * part of one.
 */
final class BlockedImages {

    /** Channels of a block. */
    static final int LANES = 16;

    private static final String TAG = "aBcd16b";

    private final Tensor tensor;
    private final int height;
    private final int width;
    private final int blocks;
    private final int first;
    private final int imageStride;
    private final int blockStride;
    private FloatBuffer values = FloatBuffer.allocate(0);

    BlockedImages(Tensor tensor) {
        this.tensor = tensor;
        long[] dimensions = tensor.layout().dimensions();
        this.blocks = (int) dimensions[1] / LANES;
        this.height = (int) dimensions[2];
        this.width = (int) dimensions[3];
        long[] strides = tensor.layout().strides();
        this.first = Math.toIntExact(tensor.layout().offset());
        this.imageStride = Math.toIntExact(strides[0]);
        this.blockStride = Math.toIntExact(strides[1]);
    }

    /** Returns whether an array stands so, and is small enough for a buffer's indices. */
    static boolean isBlocked(Layout layout) {
        long[] dimensions = layout.dimensions();
        return layout.tag().equals(TAG)
                && dimensions[1] % LANES == 0
                && dimensions[0] * layout.strides()[0] <= Integer.MAX_VALUE;
    }

    Tensor tensor() {
        return tensor;
    }

    int blocks() {
        return blocks;
    }

    int height() {
        return height;
    }

    int width() {
        return width;
    }

    void bind() {
        values = NativeBlock.floats(tensor.region().address(), tensor.region().bytes() / Float.BYTES);
    }

    /** Reads a row of a block of channels, {@code [width, LANES]}. */
    void read(int image, int block, int row, float[] to, int at) {
        values.get(at(image, block, row), to, at, width * LANES);
    }

    /** Writes a row of a block of channels, {@code [width, LANES]}. */
    void write(int image, int block, int row, float[] from) {
        values.put(at(image, block, row), from, 0, width * LANES);
    }

    private int at(int image, int block, int row) {
        return first + image * imageStride + block * blockStride + row * width * LANES;
    }
}
