package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.data.TestPngs.Samples;
import dev.convoke.data.UndecodableImageException.Reason;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every kind of PNG decodes to the colours that are stored; one whose pixels are not all there is refused. */
class PngKindsTest {

    private static final int WIDTH = 13;
    private static final int HEIGHT = 11;

    private final ImageDecoder decoder = new ImageDecoder();

    @Test
    void transparencyIsDroppedAndColoursStayAsStored() {
        Samples stored = (x, y) -> new int[] {20 * x, 23 * y, 7 * x + y, 128};

        assertPixels(plain(8, TestPngs.COLOUR_ALPHA, stored), stored);
        assertPixels(
                plain(8, TestPngs.COLOUR_ALPHA, (x, y) -> new int[] {20 * x, 23 * y, 7 * x + y, x + y == 5 ? 0 : 200}),
                stored);
    }

    @Test
    void aPaletteWithTransparencyGivesItsColours() {
        byte[] palette = new byte[3 * 16];
        new Random(1).nextBytes(palette);
        Samples stored = (x, y) -> new int[] {(x + 3 * y) % 16};
        byte[] file = TestPngs.begin(WIDTH, HEIGHT, 8, TestPngs.PALETTE, false)
                .chunk("PLTE", palette)
                .chunk("tRNS", new byte[] {0, 10, (byte) 128, (byte) 255})
                .chunk("IDAT", TestPngs.packed(TestPngs.rows(WIDTH, HEIGHT, 8, stored)))
                .end();

        assertPixels(file, (x, y) -> {
            int at = 3 * stored.at(x, y)[0];
            return new int[] {palette[at] & 0xFF, palette[at + 1] & 0xFF, palette[at + 2] & 0xFF};
        });
    }

    @Test
    void aTransparentColourStaysThatColour() {
        Samples stored = (x, y) -> new int[] {x % 2 == 0 ? 50 : 200, 100, 30};
        byte[] file = TestPngs.begin(WIDTH, HEIGHT, 8, TestPngs.COLOUR, false)
                .chunk("tRNS", new byte[] {0, 50, 0, 100, 0, 30})
                .chunk("IDAT", TestPngs.packed(TestPngs.rows(WIDTH, HEIGHT, 8, stored)))
                .end();

        assertPixels(file, stored);
    }

    @Test
    void greyWithAlphaIsGreyInEveryChannel() {
        byte[] file = plain(8, TestPngs.GREY_ALPHA, (x, y) -> new int[] {19 * x + y, 100});

        assertPixels(file, (x, y) -> new int[] {19 * x + y, 19 * x + y, 19 * x + y});
    }

    @Test
    void ofSixteenBitsTheUpperEightStay() {
        Samples stored = (x, y) -> new int[] {5000 * x, 5900 * y, 0xABCD};

        assertPixels(
                plain(16, TestPngs.COLOUR, stored),
                (x, y) -> Arrays.stream(stored.at(x, y))
                        .map(sample -> sample >> 8)
                        .toArray());
    }

    @Test
    void interlacedRowsComeToTheirPlaces() {
        Samples stored = (x, y) -> new int[] {19 * x, 23 * y, 11 * x + 10 * y};

        assertPixels(interlaced(TestPngs.interlacedRows(WIDTH, HEIGHT, 8, stored)), stored);
    }

    @Test
    void aFileWhoseChecksumsHoldButWhosePixelsAreNotAllThereIsRefused() {
        Samples stored = (x, y) -> new int[] {20 * x, 23 * y, 7 * x + y};
        byte[] rows = TestPngs.rows(WIDTH, HEIGHT, 8, stored);
        byte[] packed = TestPngs.packed(rows);
        byte[] otherChecksum = packed.clone();
        otherChecksum[packed.length - 1] ^= 1;
        byte[] notPacked = packed.clone();
        notPacked[0] = 0;

        assertRefused(begin().end(), Reason.TRUNCATED, "0 of the " + rows.length);
        assertRefused(begin().chunk("IDAT").end(), Reason.TRUNCATED, "0 of the " + rows.length);
        for (int length = 1; length < packed.length; length++) {
            assertRefused(begin().chunk("IDAT", Arrays.copyOf(packed, length)).end(), Reason.TRUNCATED, "");
        }
        assertRefused(
                withRows(Arrays.copyOf(rows, rows.length - 1)),
                Reason.TRUNCATED,
                (rows.length - 1) + " of the " + rows.length);
        assertRefused(withRows(Arrays.copyOf(rows, rows.length + 1)), Reason.CORRUPT, "more than the " + rows.length);
        assertRefused(begin().chunk("IDAT", otherChecksum).end(), Reason.CORRUPT, "incorrect data check");
        assertRefused(begin().chunk("IDAT", notPacked).end(), Reason.CORRUPT, "cannot be unpacked");
        assertRefused(interlaced(rows), Reason.TRUNCATED, rows.length + " of the");
    }

    @Test
    void pixelsInManyChunksAreOneStream() {
        Samples stored = (x, y) -> new int[] {20 * x, 23 * y, 7 * x + y};
        byte[] packed = TestPngs.packed(TestPngs.rows(WIDTH, HEIGHT, 8, stored));
        TestPngs png = begin();
        for (int at = 0; at < packed.length; at += 10) {
            png.chunk("IDAT", Arrays.copyOfRange(packed, at, Math.min(packed.length, at + 10)));
        }

        assertPixels(png.end(), stored);
    }

    private static TestPngs begin() {
        return TestPngs.begin(WIDTH, HEIGHT, 8, TestPngs.COLOUR, false);
    }

    private static byte[] withRows(byte[] rows) {
        return begin().chunk("IDAT", TestPngs.packed(rows)).end();
    }

    private static byte[] plain(int bits, int colourType, Samples stored) {
        return TestPngs.begin(WIDTH, HEIGHT, bits, colourType, false)
                .chunk("IDAT", TestPngs.packed(TestPngs.rows(WIDTH, HEIGHT, bits, stored)))
                .end();
    }

    private static byte[] interlaced(byte[] rows) {
        return TestPngs.begin(WIDTH, HEIGHT, 8, TestPngs.COLOUR, true)
                .chunk("IDAT", TestPngs.packed(rows))
                .end();
    }

    private void assertPixels(byte[] file, Samples expected) {
        RgbImage image = decoder.decode(file);

        assertThat(image.width()).isEqualTo(WIDTH);
        assertThat(image.height()).isEqualTo(HEIGHT);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    assertThat(image.value(x, y, channel))
                            .as("channel %d at (%d, %d)", channel, x, y)
                            .isEqualTo(expected.at(x, y)[channel]);
                }
            }
        }
    }

    private void assertRefused(byte[] file, Reason reason, String detail) {
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> decoder.decode(file))
                .withMessageContaining(detail)
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(reason));
        assertThatExceptionOfType(UndecodableImageException.class).isThrownBy(() -> decoder.check(file));
    }
}
