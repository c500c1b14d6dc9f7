package dev.convoke.data;

import static dev.convoke.data.LoadedImages.load;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.ImageDecoder.Examination;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However the camera was held, what a network sees is upright: with every loader, and in shards. */
class OrientedImagesTest {

    private static final Normalisation PLAIN = new Normalisation(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    private static final int WIDTH = 360;
    private static final int HEIGHT = 240;

    /** Of JPEG's losses and of the half pixel by which cutting a reduced image can shift it. */
    private static final float TOLERANCE = 0.15f;

    private final BufferedImage picture = TestImages.picture(WIDTH, HEIGHT, 4);
    private final Example upright = new Example("a.png", 0, TestImages.encode(picture, "png"));

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void evaluationSeesItUprightDecodedWholeOrReduced(int orientation) {
        for (int side : new int[] {48, 100, 200}) {
            EvaluationImageLoader loader = new EvaluationImageLoader(side, side, PLAIN);

            assertClose(load(loader, turned(orientation), 0), load(loader, upright, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void trainingCutsTheSamePartOutOfItWithAndWithoutACache(int orientation, @TempDir Path folder) {
        Augmentation cropped = Augmentation.NONE.withRandomResizedCrop(0.2).withFlip();
        TrainingImageLoader loader = new TrainingImageLoader(48, 32, cropped, PLAIN);
        try (DecodedCache cache = DecodedCache.open(folder, 1 << 20)) {
            TrainingImageLoader cached = new TrainingImageLoader(48, 32, cropped, PLAIN, cache);
            for (long key = 0; key < 8; key++) {
                float[] expected = load(loader, upright, key);

                assertClose(load(loader, turned(orientation), key), expected);
                assertClose(load(cached, turned(orientation), key), expected);
            }
            assertThat(cache.hits()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsScaledDownForAShardIsUprightAndSaysSo(int orientation) {
        ImageDecoder decoder = new ImageDecoder();

        for (int factor : new int[] {2, 4, 12}) {
            Examination small = decoder.shrink(turned(orientation).encoded(), HEIGHT / factor, 95);

            assertThat(decoder.header(small.encoded()).orientation()).isEqualTo(1);
            assertThat(List.of(small.width(), small.height())).containsExactly(WIDTH / factor, HEIGHT / factor);
            RgbImage image = decoder.decode(small.encoded());
            for (int y = 0; y < HEIGHT / factor; y++) {
                for (int x = 0; x < WIDTH / factor; x++) {
                    for (int channel = 0; channel < 2; channel++) {
                        double difference = image.value(x, y, channel) - mean(factor, x, y, channel);
                        assertThat(Math.abs(difference))
                                .as("channel %d at (%d, %d) of 1/%d", channel, x, y, factor)
                                .isLessThan(16);
                    }
                }
            }
        }
    }

    private double mean(int factor, int x, int y, int channel) {
        double sum = 0;
        for (int i = 0; i < factor * factor; i++) {
            int rgb = picture.getRGB(factor * x + i % factor, factor * y + i / factor);
            sum += (rgb >> (16 - 8 * channel)) & 0xFF;
        }
        return sum / factor / factor;
    }

    private Example turned(int orientation) {
        byte[] stored = TestImages.jpeg(TestImages.stored(picture, orientation), ImageWriteParam.MODE_DISABLED);
        return new Example("a.jpg", 0, TestImages.withOrientation(stored, orientation));
    }

    private static void assertClose(float[] values, float[] expected) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            float difference = Math.abs(values[i] - expected[i]);
            assertThat(difference).as("value " + i).isLessThan(TOLERANCE);
            sum += difference;
        }
        assertThat(sum / expected.length).isLessThan(0.03);
    }
}
