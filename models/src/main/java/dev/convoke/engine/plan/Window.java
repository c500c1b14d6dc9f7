package dev.convoke.engine.plan;

import dev.convoke.models.ImageShape;

/** How a convolution or a pool slides over an image. */
public record Window(Axis rows, Axis columns) {

    /** Returns the window that covers a whole image once. */
    public static Window covering(ImageShape image) {
        return new Window(new Axis(image.height(), 1, 0, false), new Axis(image.width(), 1, 0, false));
    }

    /**
     * Returns the shape of what the window makes of an image.
     *
     * @throws IllegalArgumentException if the window is larger than the padded image
     */
    public ImageShape output(ImageShape image, int channels) {
        int height = rows.output(image.height());
        int width = columns.output(image.width());
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("a window of " + rows.kernel() + " x " + columns.kernel()
                    + " does not fit an input of " + image.height() + " x " + image.width());
        }
        return new ImageShape(channels, height, width);
    }
}
