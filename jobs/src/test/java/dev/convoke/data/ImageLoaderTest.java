package dev.convoke.data;

import static dev.convoke.data.LoadedImages.boxed;
import static dev.convoke.data.LoadedImages.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageLoaderTest {

    private static final Normalisation PLAIN = new Normalisation(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    private static final Normalisation SHIFTED = new Normalisation(List.of(0.1, 0.2, 0.3), List.of(0.5, 0.25, 2.0));

    @Test
    void evaluationCutsTheCentreAndAveragesAreas() {
        BufferedImage picture = TestImages.picture(90, 60, 1);
        Example example = new Example("a.png", 0, TestImages.encode(picture, "png"));
        EvaluationImageLoader loader = new EvaluationImageLoader(16, 16, SHIFTED, 0.8);
        FloatBuffer buffer = FloatBuffer.allocate(3 * 16 * 16 + 5);

        loader.load(example, 99, buffer, 5);

        // 0.8 of the shorter side is 48 pixels: three source pixels to one, from (21, 6) on.
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < 16; y++) {
                for (int x = 0; x < 16; x++) {
                    double sum = 0;
                    for (int i = 0; i < 9; i++) {
                        int rgb = picture.getRGB(21 + 3 * x + i % 3, 6 + 3 * y + i / 3);
                        sum += (rgb >> (16 - 8 * channel)) & 0xFF;
                    }
                    double expected = (sum / 9 / 255 - SHIFTED.mean().get(channel))
                            / SHIFTED.deviation().get(channel);
                    double rounding = 0.51 / 255 / SHIFTED.deviation().get(channel);
                    assertThat((double) buffer.get(5 + channel * 256 + y * 16 + x))
                            .isCloseTo(expected, within(rounding));
                }
            }
        }
        assertThat(buffer.get(4)).isZero();
        assertThat(buffer.position()).isZero();
    }

    @Test
    void withoutAugmentationTrainingSeesWhatEvaluationSees() {
        Example example = new Example("a.jpg", 0, TestImages.jpeg(300, 200, 2));

        float[] training = load(new TrainingImageLoader(64, 64, Augmentation.NONE, PLAIN), example, 1);

        assertThat(training).isEqualTo(load(new EvaluationImageLoader(64, 64, PLAIN), example, 2));
    }

    @Test
    void theSameKeyGivesTheSameBitsAndAnotherKeyAnotherCrop() {
        Example example = new Example("a.jpg", 0, TestImages.jpeg(300, 200, 2));
        Augmentation usual = Augmentation.NONE.withRandomResizedCrop(0.08).withFlip();
        Set<List<Float>> seen = new HashSet<>();
        for (long key = 0; key < 20; key++) {
            float[] values = load(new TrainingImageLoader(32, 32, usual, PLAIN), example, key);

            assertThat(values).isEqualTo(load(new TrainingImageLoader(32, 32, usual, PLAIN), example, key));
            seen.add(boxed(values));
        }

        assertThat(seen).hasSize(20);
    }

    @Test
    void halfOfTheImagesAreMirrored() {
        Example example = new Example("a.jpg", 0, TestImages.jpeg(64, 64, 2));
        TrainingImageLoader loader = new TrainingImageLoader(16, 16, Augmentation.NONE.withFlip(), PLAIN);
        float[] straight = load(new EvaluationImageLoader(16, 16, PLAIN), example, 0);
        int mirrored = 0;
        for (long key = 0; key < 400; key++) {
            float[] values = load(loader, example, key);
            if (!Arrays.equals(values, straight)) {
                mirrored++;
                for (int row = 0; row < 3 * 16; row++) {
                    for (int x = 0; x < 16; x++) {
                        assertThat(values[row * 16 + x]).isEqualTo(straight[row * 16 + 15 - x]);
                    }
                }
            }
        }

        assertThat(mirrored).isBetween(150, 250);
    }

    @Test
    void aReducedDecodeShowsTheSamePicture() {
        BufferedImage picture = TestImages.picture(900, 700, 3);
        EvaluationImageLoader loader = new EvaluationImageLoader(64, 64, PLAIN);

        float[] exact = load(loader, new Example("a.png", 0, TestImages.encode(picture, "png")), 0);
        float[] reduced = load(loader, new Example("a.jpg", 0, TestImages.jpeg(900, 700, 3)), 0);

        // Within the half pixel that cutting a reduced image can shift it by.
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
            assertThat(reduced[i]).isCloseTo(exact[i], within(0.05f));
            sum += Math.abs(reduced[i] - exact[i]);
        }
        assertThat(sum / exact.length).isLessThan(0.01);
    }

    @Test
    void randomRegionsStayInsideAndFollowTheirBounds() {
        double smallest = 1;
        double areas = 0;
        for (long key = 0; key < 5_000; key++) {
            Region region = Region.random(500, 375, 0.08, Keys.mix(key));
            double part = region.width() * region.height() / (500.0 * 375);
            double aspect = (double) region.width() / region.height();

            assertThat(region.x()).isBetween(0, 500 - region.width());
            assertThat(region.y()).isBetween(0, 375 - region.height());
            assertThat(aspect).isBetween(0.74, 1.35);
            smallest = Math.min(smallest, part);
            areas += part;
        }

        assertThat(smallest).isBetween(0.079, 0.09);
        assertThat(areas / 5_000).isBetween(0.41, 0.46);
    }

    @Test
    void aRegionThatNeverFitsIsTheCentre() {
        Region region = Region.random(1000, 10, 0.9, 1);

        assertThat(region).isEqualTo(new Region(493, 0, 13, 10));
    }

    @Test
    void aBrokenExampleIsNamed() {
        byte[] jpeg = TestImages.jpeg(64, 64, 2);
        Example example = new Example("train/cat/7.jpg", 0, Arrays.copyOf(jpeg, 100));

        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> load(new EvaluationImageLoader(16, 16, PLAIN), example, 0))
                .withMessageContaining("train/cat/7.jpg")
                .withMessageContaining("TRUNCATED");
    }
}
