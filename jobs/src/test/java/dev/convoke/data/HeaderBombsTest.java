package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.convoke.data.UndecodableImageException.Reason;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

/** A small file that promises a huge image is refused by its header, with hardly any memory. */
class HeaderBombsTest {

    private static final long MOST_ALLOCATED = 64_000_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ImageDecoder decoder = new ImageDecoder();

    @Test
    void jpegsThatPromiseBillionsOfPixelsAreRefused() {
        assertRefusedInLittleMemory(jpeg(65_500, 65_500), "65500x65500 pixels");
        assertRefusedInLittleMemory(jpeg(20_000, 20_000), "20000x20000 pixels");
    }

    @Test
    void aPngOfTwentyKilobytesAndAHundredMillionPixelsIsRefused() {
        byte[] rows = new byte[12_000 * (1 + 12_000 / 8)];
        Deflater deflater = new Deflater();
        deflater.setInput(rows);
        deflater.finish();
        byte[] packed = new byte[deflater.deflate(new byte[1 << 20])];
        deflater.reset();
        deflater.setInput(rows);
        deflater.finish();
        deflater.deflate(packed);
        deflater.end();
        byte[] png = TestPngs.begin(12_000, 12_000, 1, TestPngs.GREY, false)
                .chunk("IDAT", packed)
                .end();

        assertThat(png.length).isLessThan(40_000);
        assertRefusedInLittleMemory(png, "12000x12000 pixels");
    }

    private void assertRefusedInLittleMemory(byte[] bomb, String detail) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> decoder.check(bomb))
                .withMessageContaining(detail)
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TOO_LARGE));
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(MOST_ALLOCATED);
    }

    /** Start of image, a frame in three components, start of scan, and nothing to decode. */
    private static byte[] jpeg(int width, int height) {
        String header = String.format(
                Locale.ROOT, "ffd8ffc0001108%04x%04x03012200021101031101ffda000c03010002000300003f00", height, width);
        byte[] bomb = new byte[6_000];
        byte[] beginning = HexFormat.of().parseHex(header);
        System.arraycopy(beginning, 0, bomb, 0, beginning.length);
        return bomb;
    }
}
