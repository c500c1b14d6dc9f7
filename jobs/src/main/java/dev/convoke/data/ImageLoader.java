package dev.convoke.data;

import dev.convoke.engine.PixelImages;
import java.nio.FloatBuffer;

/** Turns stored examples into what a network reads. Safe for use by many threads on different places of a buffer. */
public interface ImageLoader {

    /**
     * Writes one image, {@code [3, height, width]} float32 in the order red, green, blue, normalised.
     *
     * @param example read, not retained
     * @param key chooses the augmentation: a pure function of (seed, epoch, example); ignored where there is none
     * @param images written absolutely, from {@code offset} on; its position stays
     * @param offset index of the first value
     * @throws UndecodableImageException if the example's bytes are not an image; names the example
     */
    void load(Example example, long key, FloatBuffer images, int offset);

    /**
     * Writes one image as its pixels and what remains to be done to them; a GPU makes of it the same values, to the
     * bit.
     *
     * @param example read, not retained
     * @param key as above
     * @param images written
     * @param row which of them
     * @throws UndecodableImageException if the example's bytes are not an image; names the example
     */
    default void load(Example example, long key, PixelImages images, int row) {
        throw new UnsupportedOperationException("This loader gives no pixels: ask it for float32 images");
    }

    /** Returns {@code [3][256]}: what each byte of red, green and blue becomes. The caller's own. */
    default float[][] byteValues() {
        throw new UnsupportedOperationException("This loader gives no pixels: ask it for float32 images");
    }

    /** Returns how many values one image takes: {@code 3 * height * width}. */
    int valueCount();
}
