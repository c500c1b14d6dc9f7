package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.UndecodableImageException.Reason;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;

class ImageDecoderTest {

    private final ImageDecoder decoder = new ImageDecoder();

    @Test
    void aPngDecodesToItsVeryPixels() {
        BufferedImage picture = TestImages.picture(31, 17, 1);

        RgbImage image = decoder.decode(TestImages.encode(picture, "png"));

        assertThat(image.width()).isEqualTo(31);
        assertThat(image.height()).isEqualTo(17);
        assertThat(largestDifference(image, picture)).isZero();
    }

    @Test
    void aJpegDecodesAsTheJdkDecodesIt() {
        for (int mode : new int[] {ImageWriteParam.MODE_DISABLED, ImageWriteParam.MODE_DEFAULT}) {
            byte[] jpeg = TestImages.jpeg(TestImages.picture(121, 93, 2), mode);

            RgbImage image = decoder.decode(jpeg);

            assertThat(largestDifference(image, TestImages.decodedByJdk(jpeg))).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void greyPaletteAlphaAndSixteenBitsBecomeEightBitColour() {
        for (Map.Entry<Integer, Integer> typeAndTolerance : Map.of(
                        BufferedImage.TYPE_BYTE_GRAY, 1,
                        BufferedImage.TYPE_BYTE_INDEXED, 0,
                        BufferedImage.TYPE_BYTE_BINARY, 0,
                        BufferedImage.TYPE_INT_ARGB, 0)
                .entrySet()) {
            BufferedImage converted = new BufferedImage(40, 30, typeAndTolerance.getKey());
            Graphics2D graphics = converted.createGraphics();
            graphics.drawImage(TestImages.picture(40, 30, 3), 0, 0, null);
            graphics.dispose();

            RgbImage image = decoder.decode(TestImages.encode(converted, "png"));

            for (int y = 0; y < 30; y++) {
                for (int x = 0; x < 40; x++) {
                    if (converted.getType() == BufferedImage.TYPE_BYTE_GRAY) {
                        assertThat(image.value(x, y, 1))
                                .isEqualTo(converted.getRaster().getSample(x, y, 0));
                    } else {
                        assertThat(new Color(image.value(x, y, 0), image.value(x, y, 1), image.value(x, y, 2)))
                                .isEqualTo(new Color(converted.getRGB(x, y)));
                    }
                }
            }
        }
        BufferedImage deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSample(1, 0, 0, 0xABCD);
        assertThat(decoder.decode(TestImages.encode(deep, "png")).value(1, 0, 0))
                .isEqualTo(0xAB);
    }

    @Test
    void fourChannelsAreInkStoredInverted() {
        // As Photoshop writes them and as Pillow reads them: 255 is no ink, and black darkens the three others.
        RgbImage light = decoder.decode(TestImages.fourChannelJpeg(16, 16, 200, 100, 50, 255));
        RgbImage dark = decoder.decode(TestImages.fourChannelJpeg(16, 16, 200, 100, 50, 128));

        assertThat(light.pixels()).isNotEqualTo(dark.pixels());
        for (int channel = 0; channel < 3; channel++) {
            int stored = List.of(200, 100, 50).get(channel);
            assertThat(light.value(8, 8, channel)).isCloseTo(stored, within(3));
            assertThat(dark.value(8, 8, channel)).isCloseTo(stored * 128 / 255, within(3));
        }
    }

    @Test
    void everyOrientationComesOutUpright() {
        BufferedImage upright = TestImages.picture(48, 32, 4);
        for (int orientation = 1; orientation <= 8; orientation++) {
            byte[] stored = TestImages.jpeg(TestImages.stored(upright, orientation), ImageWriteParam.MODE_DISABLED);

            byte[] file = TestImages.withOrientation(stored, orientation);
            RgbImage image = decoder.decode(file);

            assertThat(decoder.header(file).width())
                    .as("orientation %d", orientation)
                    .isEqualTo(48);
            assertThat(image.width()).isEqualTo(48);
            assertThat(largestDifference(image, upright))
                    .as("orientation %d", orientation)
                    .isLessThan(24);
        }
    }

    @Test
    void aBrokenExifBlockRejectsNothing() {
        byte[] jpeg = TestImages.withOrientation(TestImages.jpeg(20, 10, 5), 6);
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] broken = jpeg.clone();
            for (int byteIndex = 12; byteIndex < 36; byteIndex++) {
                if (random.nextInt(3) == 0) {
                    broken[byteIndex] = (byte) random.nextInt();
                }
            }

            RgbImage image = decoder.decode(broken);

            assertThat(image.width() * image.height()).isEqualTo(200);
        }
    }

    @Test
    void aFileCutShortAnywhereIsTruncated() {
        for (byte[] file : new byte[][] {
            TestImages.jpeg(60, 40, 6),
            TestImages.jpeg(TestImages.picture(60, 40, 6), ImageWriteParam.MODE_DEFAULT),
            TestImages.encode(TestImages.picture(60, 40, 6), "png")
        }) {
            for (int length = 1; length < file.length; length++) {
                assertRefused(Arrays.copyOf(file, length), Reason.TRUNCATED, "after " + length + " bytes");
            }
        }
    }

    @Test
    void whatFollowsTheEndDoesNotMatter() {
        byte[] jpeg = TestImages.jpeg(60, 40, 6);

        RgbImage image = decoder.decode(Arrays.copyOf(jpeg, jpeg.length + 1000));

        assertThat(image.pixels()).isEqualTo(decoder.decode(jpeg).pixels());
    }

    @Test
    void whatIsNotAnImageSaysWhatItIs() {
        assertRefused(new byte[0], Reason.EMPTY, "no bytes");
        assertRefused(new byte[] {7}, Reason.NOT_AN_IMAGE, "begins with bytes 07");
        assertRefused(text("<!DOCTYPE html><html>404</html>"), Reason.NOT_AN_IMAGE, "an HTML page");
        assertRefused(text("GIF89a......"), Reason.UNSUPPORTED_FORMAT, "GIF");
        assertRefused(text("RIFF....WEBPVP8 "), Reason.UNSUPPORTED_FORMAT, "WebP");
        assertRefused(text("<?xml version='1.0'?><svg/>"), Reason.UNSUPPORTED_FORMAT, "SVG");
        assertRefused(text("BM............."), Reason.UNSUPPORTED_FORMAT, "BMP");
        assertRefused(text("8BPS..........."), Reason.UNSUPPORTED_FORMAT, "PSD");
        assertRefused(text("II*\0.........."), Reason.UNSUPPORTED_FORMAT, "TIFF");
        assertRefused(text("\0\0\0\30ftypheic...."), Reason.UNSUPPORTED_FORMAT, "HEIC");
    }

    @Test
    void aHeaderThatPromisesTooMuchIsRefusedUnseen() {
        byte[] jpeg = TestImages.jpeg(60, 40, 6);
        int frame = frameOf(jpeg);
        jpeg[frame + 5] = (byte) 0xFF;
        jpeg[frame + 7] = (byte) 0xFF;
        assertRefused(jpeg, Reason.TOO_LARGE, "pixels, more than the limit of 50000000");

        byte[] png = TestImages.encode(TestImages.picture(60, 40, 6), "png");
        png[16 + 2] = 0x2E;
        png[20 + 2] = 0x2E;
        assertRefused(png, Reason.TOO_LARGE, "11836x11816 pixels");

        ImageDecoder narrow = new ImageDecoder(new ImageLimits(1000, 100));
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> narrow.decode(new byte[101]))
                .withMessageContaining("101 bytes, more than the limit of 100");
    }

    private static int frameOf(byte[] jpeg) {
        int at = 2;
        while ((jpeg[at + 1] & 0xFF) != 0xC0) {
            at += 2 + JpegHeader.word(jpeg, at + 2);
        }
        return at;
    }

    @Test
    void oddProportionsDecode() {
        assertThat(decoder.decode(TestImages.jpeg(1, 1, 7)).pixels()).hasSize(3);
        assertThat(decoder.decode(TestImages.jpeg(1, 65_500, 7)).height()).isEqualTo(65_500);
    }

    private void assertRefused(byte[] file, Reason reason, String detail) {
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> decoder.decode(file))
                .withMessageContaining(detail)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int largestDifference(RgbImage image, BufferedImage expected) {
        int largest = 0;
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                int rgb = expected.getRGB(x, y);
                for (int channel = 0; channel < 3; channel++) {
                    int value = (rgb >> (16 - 8 * channel)) & 0xFF;
                    largest = Math.max(largest, Math.abs(value - image.value(x, y, channel)));
                }
            }
        }
        return largest;
    }
}
