package dev.convoke.bench.data;

import com.sun.management.ThreadMXBean;
import dev.convoke.bench.BenchReport;
import dev.convoke.bench.Contender;
import dev.convoke.bench.Interleaved;
import dev.convoke.data.ImageDecoder;
import dev.convoke.data.UndecodableImageException;
import dev.convoke.data.UndecodableImageException.Reason;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.List;

/** A JPEG of 6 KB whose header promises 65500 x 65500 pixels: how fast it is refused, and with how much memory. */
final class Bomb {

    /** Start of image, a frame of 65500 x 65500 pixels in three components, start of scan. */
    private static final String HEADER = "ffd8" + "ffc0001108ffdcffdc03012200021101031101" + "ffda000c";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Bomb() {}

    static void measure(BenchReport report, Interleaved turns) {
        byte[] header = HexFormat.of().parseHex(HEADER);
        byte[] bomb = new byte[6000];
        System.arraycopy(header, 0, bomb, 0, header.length);
        ImageDecoder decoder = new ImageDecoder();
        Contender memory = new Contender() {
            @Override
            public String name() {
                return "refuse a bomb of 65500x65500, memory";
            }

            @Override
            public double measure() {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                refuse(decoder, bomb);
                return (THREADS.getCurrentThreadAllocatedBytes() - before) / 1e6;
            }
        };
        Rate speed = new Rate("refuse a bomb of 65500x65500", List.of(bomb), file -> refuse(decoder, file));
        DataBench.rows(report, turns.measure(List.of(speed)), "files a second", "");
        DataBench.rows(report, turns.measure(List.of(memory)), "MB allocated for a file", "");
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
