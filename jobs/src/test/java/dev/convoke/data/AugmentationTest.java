package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each augmentation against a slow reference that was written apart from it. */
class AugmentationTest {

    private static final int SIDE = 24;
    private static final Normalisation PLAIN = new Normalisation(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

    private final Example example =
            new Example("a.png", 0, TestImages.encode(TestImages.picture(SIDE, SIDE, 3), "png"));
    private final float[] plain = load(Augmentation.NONE, 1);

    @Test
    void coloursAreVariedAsTheFormulaeSay() {
        ColourJitter jitter = new ColourJitter(0.4, 0.3, 0.5, 0.1);
        for (long key = 1; key < 20; key++) {
            float[] varied = load(Augmentation.NONE.withJitter(jitter), key);

            double[] expected = jittered(jitter, Keys.mix(key, 4));

            assertThat(largestDifference(varied, expected)).as("key " + key).isLessThan(1.01 / 255);
        }
        assertThat(load(Augmentation.NONE.withJitter(new ColourJitter(0.4, 0, 0, 0)), 5))
                .isNotEqualTo(load(Augmentation.NONE.withJitter(new ColourJitter(0.4, 0, 0, 0)), 6));
    }

    /** In doubles, one step after the other over whole images. */
    private double[] jittered(ColourJitter jitter, long key) {
        double[] image = new double[plain.length];
        for (int i = 0; i < image.length; i++) {
            image[i] = clamp(plain[i] * 255.0 * (1 + jitter.brightness() * (2 * Keys.uniform(Keys.mix(key, 0)) - 1)));
        }
        int plane = SIDE * SIDE;
        double mean = 0;
        for (int i = 0; i < plane; i++) {
            mean += luma(image, i) / plane;
        }
        double contrast = 1 + jitter.contrast() * (2 * Keys.uniform(Keys.mix(key, 1)) - 1);
        for (int i = 0; i < image.length; i++) {
            image[i] = clamp(mean + contrast * (image[i] - mean));
        }
        double saturation = 1 + jitter.saturation() * (2 * Keys.uniform(Keys.mix(key, 2)) - 1);
        double angle = 2 * Math.PI * jitter.hue() * (2 * Keys.uniform(Keys.mix(key, 3)) - 1);
        for (int i = 0; i < plane; i++) {
            double grey = luma(image, i);
            double[] rgb = new double[3];
            for (int c = 0; c < 3; c++) {
                rgb[c] = clamp(grey + saturation * (image[c * plane + i] - grey));
            }
            double y = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
            double first = 0.595716 * rgb[0] - 0.274453 * rgb[1] - 0.321263 * rgb[2];
            double second = 0.211456 * rgb[0] - 0.522591 * rgb[1] + 0.311135 * rgb[2];
            double turnedFirst = Math.cos(angle) * first - Math.sin(angle) * second;
            double turnedSecond = Math.sin(angle) * first + Math.cos(angle) * second;
            image[i] = clamp(y + 0.9563 * turnedFirst + 0.6210 * turnedSecond);
            image[plane + i] = clamp(y - 0.2721 * turnedFirst - 0.6474 * turnedSecond);
            image[2 * plane + i] = clamp(y - 1.1070 * turnedFirst + 1.7046 * turnedSecond);
        }
        return Arrays.stream(image).map(value -> value / 255).toArray();
    }

    private static double luma(double[] image, int i) {
        int plane = SIDE * SIDE;
        return 0.299 * image[i] + 0.587 * image[plane + i] + 0.114 * image[2 * plane + i];
    }

    private static double clamp(double value) {
        return Math.max(0, Math.min(255, value));
    }

    @Test
    void lightShiftsEveryPixelAlongThePrincipalComponents() {
        double[][] components = {{-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}};
        double[] spread = {0.2175, 0.0188, 0.0045};
        for (long key = 1; key < 10; key++) {
            float[] lit = load(Augmentation.NONE.withLighting(0.1), key);
            for (int c = 0; c < 3; c++) {
                double shift = 0;
                for (int j = 0; j < 3; j++) {
                    shift += components[c][j] * spread[j] * 0.1 * Keys.normal(Keys.mix(Keys.mix(key, 5), j));
                }
                for (int i = c * SIDE * SIDE; i < (c + 1) * SIDE * SIDE; i++) {
                    assertThat((double) lit[i] - plain[i]).isCloseTo(shift, within(1e-6));
                }
            }
        }
    }

    @Test
    void aQuarterTurnMovesEveryPixelToItsPlaceAndNoTurnMovesNone() {
        byte[] pixels = new byte[3 * SIDE * SIDE];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * 7);
        }

        byte[] quarter = Rotation.turned(pixels, SIDE, SIDE, 90);

        assertThat(Rotation.turned(pixels, SIDE, SIDE, 0)).isEqualTo(pixels);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                // Counterclockwise: what was at the right edge is at the top.
                int from = 3 * (x * SIDE + SIDE - 1 - y);
                assertThat(quarter[3 * (y * SIDE + x)]).isEqualTo(pixels[from]);
            }
        }
    }

    @Test
    void aTurnWithinTheRecipesLimitInterpolatesBetweenNeighbours() {
        Augmentation turned = Augmentation.NONE.withRotation(10);
        for (long key = 1; key < 10; key++) {
            double angle = Math.toRadians(10 * (2 * Keys.uniform(Keys.mix(key, 3)) - 1));
            float[] values = load(turned, key);
            for (int y = 6; y < SIDE - 6; y++) {
                for (int x = 6; x < SIDE - 6; x++) {
                    double centre = (SIDE - 1) / 2.0;
                    double fromX = centre + Math.cos(angle) * (x - centre) - Math.sin(angle) * (y - centre);
                    double fromY = centre + Math.sin(angle) * (x - centre) + Math.cos(angle) * (y - centre);
                    assertThat((double) values[y * SIDE + x]).isCloseTo(bilinear(fromX, fromY), within(1.01 / 255));
                }
            }
        }
    }

    private double bilinear(double x, double y) {
        int x0 = (int) Math.floor(x);
        int y0 = (int) Math.floor(y);
        double sum = 0;
        for (int dy = 0; dy < 2; dy++) {
            for (int dx = 0; dx < 2; dx++) {
                double weight = (1 - Math.abs(x - x0 - dx)) * (1 - Math.abs(y - y0 - dy));
                sum += weight * plain[(y0 + dy) * SIDE + x0 + dx];
            }
        }
        return sum;
    }

    @Test
    void theShareAskedForHasOneRectangleErasedOfTheSizesAllowed() {
        int erased = 0;
        for (long key = 0; key < 2000; key++) {
            float[] values = new float[3 * SIDE * SIDE];
            Arrays.fill(values, 1);
            RandomErasing.apply(values, SIDE, SIDE, RandomErasing.of(SIDE, SIDE, 0.25, key));
            int zeros = 0;
            for (int i = 0; i < SIDE * SIDE; i++) {
                zeros += values[i] == 0 ? 1 : 0;
                assertThat(values[i] == values[i + SIDE * SIDE] && values[i] == values[i + 2 * SIDE * SIDE])
                        .isTrue();
            }
            erased += zeros > 0 ? 1 : 0;
            assertThat(zeros == 0 || (zeros >= 0.015 * SIDE * SIDE && zeros <= 0.36 * SIDE * SIDE))
                    .isTrue();
        }
        // Three standard deviations of a fair draw.
        assertThat(erased).isBetween(500 - 58, 500 + 58);
    }

    @Test
    void theCacheGivesTheSamePixelsAndDecodesOnce(@TempDir Path folder) {
        Augmentation usual = Augmentation.NONE.withRandomResizedCrop(0.2).withFlip();
        Example photograph = new Example("b.jpg", 0, TestImages.jpeg(200, 160, 4));
        try (DecodedCache roomy = DecodedCache.open(folder, 1 << 20);
                DecodedCache full = DecodedCache.open(folder, 10)) {
            TrainingImageLoader cached = new TrainingImageLoader(32, 32, usual, PLAIN, roomy);
            TrainingImageLoader uncached = new TrainingImageLoader(32, 32, usual, PLAIN, full);
            for (long key = 0; key < 20; key++) {
                assertThat(LoadedImages.load(cached, photograph, key))
                        .isEqualTo(LoadedImages.load(uncached, photograph, key));
            }

            assertThat(roomy.hits()).isEqualTo(19);
            assertThat(full.hits()).isZero();
        }
    }

    @Test
    void aContactSheetShowsThePixelsThatWereNormalised() throws IOException {
        Normalisation usual = Normalisation.IMAGENET;
        FloatBuffer images = FloatBuffer.allocate(2 * 3 * SIDE * SIDE);
        TrainingImageLoader loader = new TrainingImageLoader(SIDE, SIDE, Augmentation.NONE, usual);
        loader.load(example, 1, images, 3 * SIDE * SIDE);
        ContactSheet sheet = new ContactSheet(SIDE, SIDE, usual);
        sheet.add(images, 3 * SIDE * SIDE, "a caption that is too long for the picture");

        BufferedImage drawn = ImageIO.read(new ByteArrayInputStream(sheet.png(4)));

        for (int channel = 0; channel < 3; channel++) {
            int value = drawn.getRGB(6 + 10, 6 + 7) >> (16 - 8 * channel) & 0xFF;
            assertThat(value / 255.0).isCloseTo(plain[channel * SIDE * SIDE + 7 * SIDE + 10], within(1e-6));
        }
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentation.NONE.withErasing(1.5));
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentation.NONE.withRotation(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> Augmentation.NONE.withLighting(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> new ColourJitter(0, 0, 0, 0.6));
    }

    private float[] load(Augmentation augmentation, long key) {
        return LoadedImages.load(new TrainingImageLoader(SIDE, SIDE, augmentation, PLAIN), example, key);
    }

    private static double largestDifference(float[] values, double[] expected) {
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i] - expected[i]));
        }
        return largest;
    }
}
