package dev.convoke.data;

import static dev.convoke.data.LoadedImages.boxed;
import static dev.convoke.data.LoadedImages.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.ImageDecoder.Examination;
import dev.convoke.data.UndecodableImageException.Reason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of odd shapes and kinds on their way through loaders and into shards. */
class OddImagesTest {

    private static final Normalisation PLAIN = new Normalisation(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    private static final Augmentation CROPPED =
            Augmentation.NONE.withRandomResizedCrop(0.08).withFlip();

    private final ImageDecoder decoder = new ImageDecoder();

    @Test
    void onePixelFillsTheWholeInput(@TempDir Path folder) {
        byte[] pixel = TestImages.encode(image(1, 1, 0x40, 0x80, 0xC0), "png");
        try (DecodedCache cache = DecodedCache.open(folder, 1 << 20)) {
            for (ImageLoader loader : loaders(cache)) {
                float[] values = load(loader, new Example("a", 0, pixel), 3);

                for (int i = 0; i < values.length; i++) {
                    assertThat((double) values[i])
                            .isCloseTo(List.of(0x40, 0x80, 0xC0).get(i / 64) / 255.0, within(1e-6));
                }
            }
        }
    }

    @Test
    void ofAVeryNarrowImageEvaluationSeesTheMiddleAndTrainingSomePart(@TempDir Path folder) {
        BufferedImage narrow = TestImages.picture(1, 2000, 5);
        byte[] file = TestImages.encode(narrow, "png");
        int middle = narrow.getRGB(0, 999);

        float[] evaluated = load(new EvaluationImageLoader(8, 8, PLAIN), new Example("a", 0, file), 0);

        for (int i = 0; i < evaluated.length; i++) {
            assertThat((double) evaluated[i]).isCloseTo(((middle >> (16 - 8 * (i / 64))) & 0xFF) / 255.0, within(1e-6));
        }
        try (DecodedCache cache = DecodedCache.open(folder, 1 << 20)) {
            for (ImageLoader loader : loaders(cache)) {
                float[] values = load(loader, new Example("a", 0, file), 7);
                float[] turned =
                        load(loader, new Example("a", 0, TestImages.encode(TestImages.picture(2000, 1, 5), "png")), 7);

                assertThat(boxed(values)).allMatch(value -> value >= 0 && value <= 1);
                // No column of it differs from another.
                for (int row = 0; row < 3 * 8; row++) {
                    assertThat(Arrays.copyOfRange(values, 8 * row, 8 * row + 8)).containsOnly(values[8 * row]);
                }
                assertThat(boxed(turned)).allMatch(value -> value >= 0 && value <= 1);
            }
        }
    }

    @Test
    void shardsTakeImagesThatAreSmallEnoughAsTheyAreHoweverNarrow() {
        for (int[] size : new int[][] {{1, 1}, {1, 2000}, {2000, 1}}) {
            byte[] file = TestImages.encode(TestImages.picture(size[0], size[1], 5), "png");

            Examination seen = decoder.shrink(file, 1, 95);

            assertThat(seen.encoded()).isSameAs(file);
            assertThat(List.of(seen.width(), seen.height())).containsExactly(size[0], size[1]);
        }
    }

    @Test
    void aNarrowImageIsScaledByItsShorterSide() {
        byte[] file = TestImages.encode(image(3, 2000, 90, 120, 150), "png");

        Examination small = decoder.shrink(file, 1, 95);

        assertThat(List.of(small.width(), small.height())).containsExactly(1, 667);
        RgbImage image = decoder.decode(small.encoded());
        assertThat(image.height()).isEqualTo(667);
        assertThat(image.value(0, 333, 1)).isCloseTo(120, within(2));
    }

    @Test
    void aPngThatIsScaledDownBecomesAJpegOfItsAreas() {
        BufferedImage picture = TestImages.picture(160, 120, 6);

        Examination small = decoder.shrink(TestImages.encode(picture, "png"), 30, 95);

        assertThat(decoder.header(small.encoded()).format()).isEqualTo(ImageHeader.Format.JPEG);
        RgbImage image = decoder.decode(small.encoded());
        assertThat(List.of(image.width(), image.height())).containsExactly(40, 30);
        for (int y = 0; y < 30; y++) {
            for (int x = 0; x < 40; x++) {
                double green = 0;
                for (int i = 0; i < 16; i++) {
                    green += (picture.getRGB(4 * x + i % 4, 4 * y + i / 4) >> 8 & 0xFF) / 16.0;
                }
                assertThat((double) image.value(x, y, 1)).isCloseTo(green, within(10.0));
            }
        }
    }

    @Test
    void inkThatIsScaledDownBecomesTheColourItShows() {
        byte[] ink = TestImages.fourChannelJpeg(60, 40, 200, 100, 50, 128);

        Examination small = decoder.shrink(ink, 20, 95);

        ImageHeader header = decoder.header(small.encoded());
        assertThat(List.of(header.channels(), header.width(), header.height())).containsExactly(3, 30, 20);
        for (int channel = 0; channel < 3; channel++) {
            int shown = List.of(200, 100, 50).get(channel) * 128 / 255;
            assertThat(decoder.decode(small.encoded()).value(15, 10, channel)).isCloseTo(shown, within(4));
        }
    }

    @Test
    void twelveBitsAChannelAreRefusedAsAFormatThatNoDecoderKnows() {
        byte[] file = twelveBits();
        assertThat(decoder.header(file).bits()).isEqualTo(12);

        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> decoder.check(file))
                .withMessageContaining("12-bit extended JPEG")
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(Reason.UNSUPPORTED_FORMAT));
    }

    /** One grey block of 8 x 8: every difference and every coefficient zero, each of them the code word 0. */
    private static byte[] twelveBits() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        segment(file, 0xD8);
        int[] ones = new int[65];
        Arrays.fill(ones, 1, 65, 16);
        segment(file, 0xDB, ones);
        segment(file, 0xC1, 12, 0, 8, 0, 8, 1, 1, 0x11, 0);
        int[] table = new int[18];
        table[1] = 1;
        segment(file, 0xC4, table);
        int[] second = table.clone();
        second[0] = 0x10;
        segment(file, 0xC4, second);
        segment(file, 0xDA, 1, 1, 0, 0, 63, 0);
        file.write(0x3F);
        segment(file, 0xD9);
        return file.toByteArray();
    }

    private static void segment(ByteArrayOutputStream file, int marker, int... content) {
        file.write(0xFF);
        file.write(marker);
        if (content.length > 0) {
            file.write(0);
            file.write(content.length + 2);
            for (int value : content) {
                file.write(value);
            }
        }
    }

    private static List<ImageLoader> loaders(DecodedCache cache) {
        return List.of(
                new EvaluationImageLoader(8, 8, PLAIN),
                new TrainingImageLoader(8, 8, Augmentation.NONE, PLAIN),
                new TrainingImageLoader(8, 8, CROPPED, PLAIN),
                new TrainingImageLoader(8, 8, CROPPED, PLAIN, cache));
    }

    private static BufferedImage image(int width, int height, int red, int green, int blue) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
        }
        return image;
    }
}
