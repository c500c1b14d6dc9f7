package dev.convoke.data;

/**
 * A decoded image, upright.
 *
 * @param width in pixels
 * @param height in pixels
 * @param pixels {@code [height, width, 3]} unsigned bytes in the order red, green, blue; owned by whoever holds the
 *     image
 */
@SuppressWarnings("ArrayRecordComponent") // pixels are megabytes: a copy per access would be the program's main work
public record RgbImage(int width, int height, byte[] pixels) {

    /** Checks that the pixels fill the frame. */
    public RgbImage {
        if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    pixels.length + " bytes are not an RGB image of " + width + "x" + height);
        }
    }

    /** Returns one value, 0 to 255; channel 0 is red. For tests and previews, not for inner loops. */
    public int value(int x, int y, int channel) {
        return pixels[(y * width + x) * 3 + channel] & 0xFF;
    }
}
