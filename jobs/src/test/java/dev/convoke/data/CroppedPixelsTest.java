package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a random resized crop shows, against a slow reference: areas averaged where it shrinks, else bilinear. */
class CroppedPixelsTest {

    private static final int SIDE = 16;
    private static final long CROP = 1;
    private static final Normalisation PLAIN = new Normalisation(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

    /** Half a step of a byte, and what a decoder's fixed point may add. */
    private static final double ROUNDING = 1.3;

    private interface Reference {
        double at(BufferedImage picture, int channel, double from, double to, double above, double below);
    }

    @Test
    void whereItShrinksEachPixelIsTheMeanOfTheAreaItCovers() {
        assertThat(checked(TestImages.picture(90, 70, 1), true, CroppedPixelsTest::area))
                .isGreaterThan(10);
    }

    @Test
    void whereItGrowsEachPixelLiesBetweenItsFourNeighbours() {
        assertThat(checked(TestImages.picture(14, 11, 1), false, CroppedPixelsTest::bilinear))
                .isGreaterThan(10);
    }

    /** Returns how many crops of twenty were of the kind asked for, and compared. */
    private static int checked(BufferedImage picture, boolean shrinking, Reference reference) {
        Example example = new Example("a.png", 0, TestImages.encode(picture, "png"));
        TrainingImageLoader loader =
                new TrainingImageLoader(SIDE, SIDE, Augmentation.NONE.withRandomResizedCrop(0.2), PLAIN);
        FloatBuffer values = FloatBuffer.allocate(loader.valueCount());
        int compared = 0;
        for (long key = 0; key < 20; key++) {
            Region region = Region.random(picture.getWidth(), picture.getHeight(), 0.2, Keys.mix(key, CROP));
            boolean shrinks = region.width() >= SIDE && region.height() >= SIDE;
            boolean grows = region.width() < SIDE && region.height() < SIDE;
            if (shrinking ? shrinks : grows) {
                loader.load(example, key, values, 0);
                BufferedImage part = picture.getSubimage(region.x(), region.y(), region.width(), region.height());
                compare(values, part, reference);
                compared++;
            }
        }
        return compared;
    }

    private static void compare(FloatBuffer values, BufferedImage part, Reference reference) {
        double across = (double) part.getWidth() / SIDE;
        double down = (double) part.getHeight() / SIDE;
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    double expected =
                            reference.at(part, channel, x * across, (x + 1) * across, y * down, (y + 1) * down);
                    double value = 255 * values.get(channel * SIDE * SIDE + y * SIDE + x);
                    assertThat(Math.abs(value - expected))
                            .as("channel %d at (%d, %d) of %dx%d", channel, x, y, part.getWidth(), part.getHeight())
                            .isLessThan(ROUNDING);
                }
            }
        }
    }

    private static double area(BufferedImage part, int channel, double from, double to, double above, double below) {
        double sum = 0;
        for (int y = 0; y < part.getHeight(); y++) {
            double rows = Math.max(0, Math.min(below, y + 1) - Math.max(above, y));
            for (int x = 0; x < part.getWidth(); x++) {
                double columns = Math.max(0, Math.min(to, x + 1) - Math.max(from, x));
                sum += rows * columns * value(part, channel, x, y);
            }
        }
        return sum / (to - from) / (below - above);
    }

    private static double bilinear(
            BufferedImage part, int channel, double from, double to, double above, double below) {
        double x = Math.max(0, Math.min(part.getWidth() - 1, (from + to) / 2 - 0.5));
        double y = Math.max(0, Math.min(part.getHeight() - 1, (above + below) / 2 - 0.5));
        double sum = 0;
        for (int row = 0; row < part.getHeight(); row++) {
            for (int column = 0; column < part.getWidth(); column++) {
                double weight = Math.max(0, 1 - Math.abs(x - column)) * Math.max(0, 1 - Math.abs(y - row));
                sum += weight * value(part, channel, column, row);
            }
        }
        return sum;
    }

    private static int value(BufferedImage part, int channel, int x, int y) {
        return (part.getRGB(x, y) >> (16 - 8 * channel)) & 0xFF;
    }
}
