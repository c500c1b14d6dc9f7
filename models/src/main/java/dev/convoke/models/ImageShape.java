package dev.convoke.models;

import java.io.Serializable;

/**
 * The shape of one image as a network sees it: {@code [channels, height, width]}, RGB when there are three channels.
 *
 * @param channels number of colour channels
 * @param height rows, in pixels
 * @param width columns, in pixels
 */
public record ImageShape(int channels, int height, int width) implements Serializable {

    /** Rejects an empty image. */
    public ImageShape {
        if (channels < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException("An image needs at least one channel, row and column, got [" + channels
                    + ", " + height + ", " + width + "]");
        }
    }

    /** Returns the shape of a square RGB image with sides of the given number of pixels. */
    public static ImageShape rgb(int pixels) {
        return new ImageShape(3, pixels, pixels);
    }

    /** Returns how many values one image has. */
    public int valueCount() {
        return channels * height * width;
    }
}
