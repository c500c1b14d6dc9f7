package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.UndecodableImageException.Reason;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageWriteParam;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Test;

class JpegScansTest {

    @Test
    void everyCodingOfSoundFilesPasses() {
        for (int side : List.of(1, 7, 8, 9, 16, 17, 100)) {
            BufferedImage picture = TestImages.picture(side, 2 * side + 1, side);
            assertPasses(TestImages.jpeg(picture, ImageWriteParam.MODE_DISABLED));
            assertPasses(TestImages.jpeg(picture, ImageWriteParam.MODE_DEFAULT));
            assertPasses(TestImages.fourChannelJpeg(side, side, 1, 2, 3, 4));
            assertPasses(encode(side, opencv_imgcodecs.IMWRITE_JPEG_RST_INTERVAL, 3));
            assertPasses(encode(side, opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE, 1));
            assertPasses(encode(side, opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 100));
            assertPasses(encode(side, opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 1));
        }
    }

    private static void assertPasses(byte[] file) {
        assertThatCode(() -> JpegScans.check(file, new HuffmanTables())).doesNotThrowAnyException();
    }

    /** Encodes with one setting that the JDK's encoder does not have. */
    private static byte[] encode(int side, int setting, int value) {
        RgbImage noise = noise(side);
        try (Mat image = NativeImages.ofPixels(noise);
                BytePointer ending = new BytePointer(".jpg");
                IntPointer settings = new IntPointer(setting, value);
                BytePointer out = new BytePointer()) {
            opencv_imgcodecs.imencode(ending, image, out, settings);
            byte[] file = new byte[(int) out.limit()];
            out.get(file);
            return file;
        }
    }

    /** The hardest picture to encode: long code words everywhere. */
    private static RgbImage noise(int side) {
        byte[] pixels = new byte[3 * side * side];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) Keys.below(256, Keys.mix(side, i));
        }
        return new RgbImage(side, side, pixels);
    }

    @Test
    void aRestartMarkerThatIsMissingOrOutOfTurnIsCorrupt() {
        byte[] file = encode(64, opencv_imgcodecs.IMWRITE_JPEG_RST_INTERVAL, 2);
        int restart = indexOf(file, 0xD3);
        byte[] outOfTurn = file.clone();
        outOfTurn[restart] = (byte) 0xD5;
        byte[] without = new byte[file.length - 2];
        System.arraycopy(file, 0, without, 0, restart - 1);
        System.arraycopy(file, restart + 1, without, restart - 1, file.length - restart - 1);

        assertRefused(outOfTurn, Reason.CORRUPT, "no restart marker 3");
        assertRefused(without, Reason.CORRUPT, "");
    }

    @Test
    void codedDataTooFewOrTooManyIsCorrupt() {
        byte[] file = TestImages.jpeg(64, 48, 1);
        byte[] shorter = new byte[file.length - 20];
        System.arraycopy(file, 0, shorter, 0, file.length - 22);
        System.arraycopy(file, file.length - 2, shorter, shorter.length - 2, 2);
        byte[] longer = Arrays.copyOf(file, file.length + 20);
        System.arraycopy(file, file.length - 2, longer, longer.length - 2, 2);
        Arrays.fill(longer, file.length - 2, longer.length - 2, (byte) 0x55);

        assertRefused(shorter, Reason.CORRUPT, "end early");
        assertRefused(longer, Reason.CORRUPT, "goes on behind the last pixel");
    }

    @Test
    void aTallerFrameThanItsScanIsCorrupt() {
        byte[] file = TestImages.jpeg(64, 48, 1);
        file[indexOf(file, 0xC0) + 5] = 64;

        assertRefused(file, Reason.CORRUPT, "end early");
    }

    @Test
    void whatCannotBeCheckedIsUnsupported() {
        byte[] file = TestImages.jpeg(64, 48, 1);
        file[indexOf(file, 0xC0)] = (byte) 0xC9;

        assertRefused(file, Reason.UNSUPPORTED_FORMAT, "arithmetic");
    }

    @Test
    void tablesThatContradictThemselvesAreCorrupt() {
        byte[] file = TestImages.jpeg(64, 48, 1);
        byte[] divides = file.clone();
        divides[indexOf(file, 0xDB) + 10] = 0;
        byte[] crowded = file.clone();
        int counts = indexOf(file, 0xC4) + 4;
        crowded[counts] = (byte) (file[counts] + 2);
        crowded[counts + 2] = (byte) (file[counts + 2] - 2);

        assertRefused(divides, Reason.CORRUPT, "divides by zero");
        assertRefused(crowded, Reason.CORRUPT, "more code words of 1 bits");
    }

    @Test
    void whatDecodersRefuseAsAWholeIsRefusedThoughTheWalkNeverMeetsIt() {
        byte[] file = TestImages.jpeg(64, 48, 1);
        int table = indexOf(file, 0xC4);
        // The JDK's table for the lowest coefficients has 12 symbols, the last of them used by no picture this small.
        byte[] symbol = file.clone();
        symbol[table + 4 + 16 + 11] = 16;
        int frame = indexOf(file, 0xC0);
        byte[] fractions = file.clone();
        fractions[frame + 10] = 0x31;
        fractions[frame + 13] = 0x21;
        byte[] crowded = file.clone();
        crowded[frame + 10] = 0x44;
        byte[] tooWide = file.clone();
        tooWide[frame + 6] = (byte) 0xFF;
        tooWide[frame + 7] = (byte) 0xFF;
        byte[] longer = file.clone();
        longer[frame + 2] = 18;
        byte[] unknown = file.clone();
        unknown[indexOf(file, 0xE0)] = (byte) 0xF0;
        byte[] exchanged = file.clone();
        int scan = indexOf(file, 0xDA);
        exchanged[scan + 4] = file[scan + 6];
        exchanged[scan + 6] = file[scan + 4];

        assertRefused(symbol, Reason.CORRUPT, "speaks of differences of 16 bits");
        assertRefused(fractions, Reason.UNSUPPORTED_FORMAT, "is sampled 2x1 beside one of 3x1");
        assertRefused(crowded, Reason.CORRUPT, "18 blocks in one coded unit");
        assertRefused(longer, Reason.CORRUPT, "does not hold its 3 components");
        assertRefused(unknown, Reason.CORRUPT, "the marker f0");
        assertRefused(exchanged, Reason.CORRUPT, "which the frame does not have");
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> new ImageDecoder().header(tooWide))
                .withMessageContaining("TOO_LARGE: a JPEG of 65535x48 pixels");
    }

    private static void assertRefused(byte[] file, Reason reason, String detail) {
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> JpegScans.check(file, new HuffmanTables()))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
                .withMessageContaining(detail);
    }

    /** Returns the index of a marker's second byte. */
    private static int indexOf(byte[] file, int marker) {
        for (int i = 2; i < file.length; i++) {
            if ((file[i - 1] & 0xFF) == 0xFF && (file[i] & 0xFF) == marker) {
                return i;
            }
        }
        throw new IllegalArgumentException("No such marker");
    }
}
