package dev.convoke.engine.plan;

/**
 * How a window slides along one axis of an image.
 *
 * @param kernel pixels the window covers
 * @param stride pixels between two positions
 * @param padding pixels added at both ends; ignored when {@code same}
 * @param same whether the image is padded so that only the stride shrinks it, the odd pixel at the far end
 */
public record Axis(int kernel, int stride, int padding, boolean same) {

    /** Returns how many positions the window has along an image of this size; less than 1 if it does not fit. */
    public int output(int size) {
        return same ? (size + stride - 1) / stride : Math.floorDiv(size - kernel + 2 * padding, stride) + 1;
    }

    /** Returns the pixels of padding before an image of this size. */
    public int before(int size) {
        return same ? total(size) / 2 : padding;
    }

    /** Returns the pixels of padding that the last position needs after an image of this size. */
    public int after(int size) {
        return Math.max(0, total(size) - before(size));
    }

    private int total(int size) {
        int covered = (output(size) - 1) * stride + kernel;
        return same ? Math.max(0, covered - size) : covered - size;
    }
}
