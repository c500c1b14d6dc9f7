package dev.convoke.data;

import java.io.Serializable;

/**
 * How far the colours of an image are varied, in this order. Immutable.
 *
 * <p>Brightness multiplies, contrast stretches around the image's mean luma, saturation around each pixel's own, each
 * by a factor uniform between {@code 1 - x} and {@code 1 + x}; hue turns the colours around the grey axis (in YIQ) by
 * up to {@code hue} of a full turn either way. After each step values are limited to 0 to 255.
 *
 * @param brightness 0 to 1
 * @param contrast 0 to 1
 * @param saturation 0 to 1
 * @param hue 0 to 0.5
 */
public record ColourJitter(double brightness, double contrast, double saturation, double hue) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Colours as they are. */
    public static final ColourJitter NONE = new ColourJitter(0, 0, 0, 0);

    private static final float RED = 0.299f;
    private static final float GREEN = 0.587f;
    private static final float BLUE = 0.114f;

    /** Checks the ranges. */
    public ColourJitter {
        boolean usable = within(brightness, 1) && within(contrast, 1) && within(saturation, 1) && within(hue, 0.5);
        if (!usable) {
            throw new IllegalArgumentException(
                    "Jitter of brightness, contrast and saturation is between 0 and 1, of hue"
                            + " between 0 and 0.5, not " + brightness + ", " + contrast + ", " + saturation + ", "
                            + hue);
        }
    }

    private static boolean within(double value, double largest) {
        return value >= 0 && value <= largest;
    }

    /**
     * Varies the colours of an image in place.
     *
     * @param pixels {@code [height, width, 3]}
     */
    void apply(byte[] pixels, long key) {
        if (equals(NONE)) {
            return;
        }
        float bright = factor(brightness, Keys.mix(key, 0));
        float stretch = factor(contrast, Keys.mix(key, 1));
        float saturate = factor(saturation, Keys.mix(key, 2));
        float[] turn = turn(hue * (2 * Keys.uniform(Keys.mix(key, 3)) - 1));
        float mean = contrast == 0 ? 0 : meanLuma(pixels, bright);
        for (int at = 0; at < pixels.length; at += 3) {
            float red = limit(stretched((pixels[at] & 0xFF) * bright, mean, stretch));
            float green = limit(stretched((pixels[at + 1] & 0xFF) * bright, mean, stretch));
            float blue = limit(stretched((pixels[at + 2] & 0xFF) * bright, mean, stretch));
            float luma = RED * red + GREEN * green + BLUE * blue;
            red = limit(luma + saturate * (red - luma));
            green = limit(luma + saturate * (green - luma));
            blue = limit(luma + saturate * (blue - luma));
            pixels[at] = round(turn[0] * red + turn[1] * green + turn[2] * blue);
            pixels[at + 1] = round(turn[3] * red + turn[4] * green + turn[5] * blue);
            pixels[at + 2] = round(turn[6] * red + turn[7] * green + turn[8] * blue);
        }
    }

    private static float factor(double range, long key) {
        return (float) (1 + range * (2 * Keys.uniform(key) - 1));
    }

    private static float meanLuma(byte[] pixels, float bright) {
        double sum = 0;
        for (int at = 0; at < pixels.length; at += 3) {
            sum += RED * limit((pixels[at] & 0xFF) * bright)
                    + GREEN * limit((pixels[at + 1] & 0xFF) * bright)
                    + BLUE * limit((pixels[at + 2] & 0xFF) * bright);
        }
        return (float) (3 * sum / pixels.length);
    }

    private static float stretched(float value, float mean, float stretch) {
        return mean + stretch * (limit(value) - mean);
    }

    private static float limit(float value) {
        return Math.max(0, Math.min(255, value));
    }

    private static byte round(float value) {
        return (byte) (int) (limit(value) + 0.5f);
    }

    /** Returns the matrix on red, green, blue that turns the plane of I and Q. */
    private static float[] turn(double part) {
        double cosine = Math.cos(2 * Math.PI * part);
        double sine = Math.sin(2 * Math.PI * part);
        double[][] toYiq = {{0.299, 0.587, 0.114}, {0.595716, -0.274453, -0.321263}, {0.211456, -0.522591, 0.311135}};
        double[][] toRgb = {{1, 0.9563, 0.6210}, {1, -0.2721, -0.6474}, {1, -1.1070, 1.7046}};
        float[] matrix = new float[9];
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 3; column++) {
                double i = toYiq[1][column];
                double q = toYiq[2][column];
                matrix[row * 3 + column] = part == 0
                        ? (row == column ? 1 : 0)
                        : (float) (toYiq[0][column]
                                + toRgb[row][1] * (cosine * i - sine * q)
                                + toRgb[row][2] * (sine * i + cosine * q));
            }
        }
        return matrix;
    }
}
