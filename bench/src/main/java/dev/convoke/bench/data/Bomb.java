package dev.convoke.bench.data;

import com.sun.management.ThreadMXBean;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Contender;
import dev.convoke.bench.Interleaved;
import dev.convoke.data.ImageDecoder;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.data.UndecodableImageException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * A JPEG of 6 KB whose header promises 65500 x 65500 pixels, and a PNG of 18 KB that has 12000 x 12000: how fast they
 * are refused, and with how much memory.
 */
final class Bomb {

    /** Start of image, a frame of 65500 x 65500 pixels in three components, start of scan. */
    private static final String HEADER = "ffd8" + "ffc0001108ffdcffdc03012200021101031101" + "ffda000c";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Bomb() {}

    static void measure(BenchReport report, Interleaved turns) {
        measure(report, turns, "refuse a bomb of 65500x65500", jpeg());
        measure(report, turns, "refuse a PNG bomb of 12000x12000", png());
    }

    private static void measure(BenchReport report, Interleaved turns, String name, byte[] bomb) {
        ImageDecoder decoder = new ImageDecoder();
        Contender memory = new Contender() {
            @Override
            public String name() {
                return name + ", memory";
            }

            @Override
            public double measure() {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                refuse(decoder, bomb);
                return (THREADS.getCurrentThreadAllocatedBytes() - before) / 1e6;
            }
        };
        Rate speed = new Rate(name, List.of(bomb), file -> refuse(decoder, file));
        DataBench.rows(report, turns.measure(List.of(speed)), "files a second", "");
        DataBench.rows(report, turns.measure(List.of(memory)), "MB allocated for a file", "");
    }

    private static byte[] jpeg() {
        byte[] header = HexFormat.of().parseHex(HEADER);
        byte[] bomb = new byte[6000];
        System.arraycopy(header, 0, bomb, 0, header.length);
        return bomb;
    }

    /** Black, one bit a pixel. */
    private static byte[] png() {
        int side = 12_000;
        ByteArrayOutputStream pixels = new ByteArrayOutputStream();
        try (DeflaterOutputStream packed = new DeflaterOutputStream(pixels)) {
            packed.write(new byte[side * (1 + side / 8)]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(HexFormat.of().parseHex("89504e470d0a1a0a"));
        byte[] header =
                ByteBuffer.allocate(13).putInt(side).putInt(side).put((byte) 1).array();
        chunk(file, "IHDR", header);
        chunk(file, "IDAT", pixels.toByteArray());
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream file, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        ByteBuffer chunk = ByteBuffer.allocate(12 + data.length);
        file.writeBytes(chunk.putInt(data.length)
                .put(name)
                .put(data)
                .putInt((int) checksum.getValue())
                .array());
    }

    private static void refuse(ImageDecoder decoder, byte[] bomb) {
        try {
            decoder.decode(bomb);
        } catch (UndecodableImageException refused) {
            if (refused.reason() == Reason.TOO_LARGE) {
                return;
            }
            throw refused;
        }
        throw new IllegalStateException("A bomb was decoded");
    }
}
