package dev.convoke.data;

import dev.convoke.engine.PixelImages.Rectangle;
import java.util.Arrays;

/**
 * Erases a random rectangle (Zhong et al., 2017): 2 to 33 % of the image's area, the logarithm of height by width
 * uniform between those of 0.3 and 3.3, filled with the dataset's mean, which is 0 after normalisation.
 */
final class RandomErasing {

    private static final int TRIES = 10;
    private static final double SMALLEST = 0.02;
    private static final double LARGEST = 1.0 / 3;
    private static final double FLATTEST = 0.3;

    private RandomErasing() {}

    /** Returns what is erased of an image: in a share of them a rectangle, else nothing. */
    static Rectangle of(int width, int height, double share, long key) {
        if (share == 0 || Keys.uniform(Keys.mix(key, 0)) >= share) {
            return Rectangle.NONE;
        }
        for (int i = 0; i < TRIES; i++) {
            double area = (SMALLEST + (LARGEST - SMALLEST) * Keys.uniform(Keys.mix(key, 1, i))) * width * height;
            double aspect = FLATTEST * Math.pow(1 / (FLATTEST * FLATTEST), Keys.uniform(Keys.mix(key, 2, i)));
            int tall = (int) Math.round(Math.sqrt(area * aspect));
            int wide = (int) Math.round(Math.sqrt(area / aspect));
            if (tall >= 1 && wide >= 1 && tall < height && wide < width) {
                int top = Keys.below(height - tall + 1, Keys.mix(key, 3, i));
                int left = Keys.below(width - wide + 1, Keys.mix(key, 4, i));
                return new Rectangle(top, left, tall, wide);
            }
        }
        return Rectangle.NONE;
    }

    /** Erases a part of {@code [3, height, width]} values, in place. */
    static void apply(float[] values, int width, int height, Rectangle erased) {
        for (int row = 0; row < 3 * erased.height(); row++) {
            int line = row / erased.height() * height + erased.top() + row % erased.height();
            int from = line * width + erased.left();
            Arrays.fill(values, from, from + erased.width(), 0);
        }
    }
}
