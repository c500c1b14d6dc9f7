package dev.convoke.data;

import dev.convoke.data.JpegFrame.Coding;
import dev.convoke.data.JpegFrame.Component;
import dev.convoke.data.UndecodableImageException.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks a whole JPEG as a decoder does, code word by code word through every scan, without computing a pixel (ITU-T
 * T.81). A decoder shows wrong pixels for bits that make no sense; this refuses them, before any native code sees the
 * file. Baseline, extended, progressive and lossless Huffman coding; other codings are refused as unsupported.
 *
 * <p>JPEG has no checksums, so a flipped bit that makes another sensible code is not noticed by anybody.
 */
final class JpegScans {

    private static final int TABLES = 0xC4;
    private static final int QUANTISATION = 0xDB;
    private static final int RESTART_INTERVAL = 0xDD;
    private static final int LINES = 0xDC;
    private static final int CONDITIONING = 0xCC;
    /** From so many coded bytes on it pays to work out what several code words say together. */
    private static final int LONG_SCAN = 4 << 10;

    private final byte[] file;
    private final HuffmanTables tables;
    private final int longScan;
    private final @Nullable HuffmanTable[] lowest = new HuffmanTable[4];
    private final @Nullable HuffmanTable[] others = new HuffmanTable[4];
    private final int[] @Nullable [] steps = new int[4][];
    private @Nullable JpegFrame frame;
    private int restartInterval;
    private boolean scanned;

    private JpegScans(byte[] file, HuffmanTables tables, int longScan) {
        this.file = file;
        this.tables = tables;
        this.longScan = longScan;
    }

    /**
     * Walks a file to its end marker; what follows that is nobody's business.
     *
     * @param file begins as a JPEG does
     * @param tables of files before it
     * @throws UndecodableImageException saying what is wrong with it
     */
    static void check(byte[] file, HuffmanTables tables) {
        check(file, tables, LONG_SCAN);
    }

    /**
     * Does the same, however it gets through blocks.
     *
     * @param longScan from so many coded bytes on several code words are taken together
     */
    static void check(byte[] file, HuffmanTables tables, int longScan) {
        new JpegScans(file, tables, longScan).walk();
    }

    private void walk() {
        int at = 2;
        while (true) {
            at = scanned ? at : JpegHeader.nextMarker(file, at);
            int marker = JpegHeader.markerAt(file, at);
            at = JpegHeader.afterMarker(file, at);
            if (marker == JpegHeader.END_OF_IMAGE) {
                requireFrame().requireComplete();
                return;
            }
            if (marker == JpegHeader.START_OF_IMAGE) {
                throw corrupt("a JPEG within a JPEG, at byte " + at);
            }
            if (!JpegHeader.isAlone(marker)) {
                int end = at + JpegHeader.segmentLength(file, at);
                if (marker == JpegHeader.START_OF_SCAN) {
                    scanned = true;
                    at = scan(at, end);
                } else {
                    segment(marker, at, end);
                    at = end;
                }
            }
        }
    }

    private void segment(int marker, int at, int end) {
        if (JpegHeader.isFrame(marker)) {
            begin(marker, at);
        } else if (marker == TABLES) {
            readTables(at + 2, end);
        } else if (marker == QUANTISATION) {
            readQuantisation(at + 2, end);
        } else if (marker == RESTART_INTERVAL) {
            if (end - at != 4) {
                throw corrupt("a restart interval of " + (end - at) + " bytes in a JPEG");
            }
            restartInterval = JpegHeader.word(file, at + 2);
        } else if (!isKnown(marker)) {
            throw corrupt("the marker " + Integer.toHexString(marker) + " at byte " + (at - 1)
                    + ", which no JPEG decoder knows");
        } else if (marker == LINES && frame != null) {
            throw new UndecodableImageException(
                    Reason.UNSUPPORTED_FORMAT, "a JPEG that states its height after the scan");
        }
    }

    /** Whether decoders pass over a segment instead of refusing the file. */
    private static boolean isKnown(int marker) {
        return (marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE || marker == LINES || marker == CONDITIONING;
    }

    private void begin(int marker, int at) {
        if (frame != null) {
            throw corrupt("a JPEG of two frames");
        }
        Coding coding = switch (marker) {
            case 0xC0, 0xC1 -> Coding.SEQUENTIAL;
            case 0xC2 -> Coding.PROGRESSIVE;
            case 0xC3 -> Coding.LOSSLESS;
            default ->
                throw new UndecodableImageException(
                        Reason.UNSUPPORTED_FORMAT,
                        "a JPEG in arithmetic or hierarchical coding, which cannot be checked; convert it first");
        };
        JpegFrame stated = new JpegFrame(coding, file, at);
        boolean usual = coding == Coding.LOSSLESS
                ? stated.bits() >= 2 && stated.bits() <= 16
                : stated.bits() == 8 || (stated.bits() == 12 && marker != 0xC0);
        if (!usual) {
            throw corrupt("a JPEG frame of " + stated.bits() + " bits");
        }
        frame = stated;
    }

    private void readTables(int from, int end) {
        int at = from;
        while (at < end) {
            int kind = file[at] >> 4;
            int id = file[at] & 0xF;
            if (kind < 0 || kind > 1 || id > 3) {
                throw corrupt("a Huffman table of kind " + kind + " and number " + id);
            }
            HuffmanTable table = tables.of(file, at + 1, end);
            (kind == 0 ? lowest : others)[id] = table;
            at += 1 + table.fileBytes();
        }
    }

    private void readQuantisation(int from, int end) {
        int at = from;
        while (at < end) {
            int bytes = file[at] >> 4 == 0 ? 1 : 2;
            int id = file[at] & 0xF;
            if (id > 3 || at + 1 + 64 * bytes > end) {
                throw corrupt("a quantisation table that does not fit its segment");
            }
            int[] table = new int[64];
            for (int k = 0; k < 64; k++) {
                table[k] = bytes == 1 ? file[at + 1 + k] & 0xFF : JpegHeader.word(file, at + 1 + 2 * k);
                if (table[k] == 0) {
                    throw corrupt("a quantisation table that divides by zero");
                }
            }
            steps[id] = table;
            at += 1 + 64 * bytes;
        }
    }

    private int scan(int at, int end) {
        JpegFrame stated = requireFrame();
        int count = end - at > 2 ? file[at + 2] & 0xFF : 0;
        if (count < 1 || count > 4 || end - at != 6 + 2 * count) {
            throw corrupt("a JPEG scan header of " + count + " components in " + (end - at) + " bytes");
        }
        List<Component> components = stated.ofScan(file, at + 2, count);
        int first = file[end - 3] & 0xFF;
        int last = file[end - 2] & 0xFF;
        int previousBit = (file[end - 1] & 0xFF) >> 4;
        int bit = file[end - 1] & 0xF;
        ScanReader.Band band = new ScanReader.Band(first, last, previousBit, bit);
        boolean inSteps = stated.coding() == Coding.SEQUENTIAL && stated.bits() == 8 && file.length - end >= longScan;
        ScanReader.Lane[] lanes = new ScanReader.Lane[count];
        for (int i = 0; i < count; i++) {
            int ids = file[at + 4 + 2 * i] & 0xFF;
            Component component = components.get(i);
            prepare(component, stated);
            HuffmanTable words = table(others, ids & 0xF);
            BlockSteps blockSteps = inSteps && words != null ? words.steps() : null;
            lanes[i] = new ScanReader.Lane(component, table(lowest, ids >> 4), words, blockSteps);
        }
        return new ScanReader(stated, lanes, band, new EntropyBits(file, end)).read(file, restartInterval);
    }

    /** The quantisation tables count as they are when a component's first scan begins. */
    private void prepare(Component component, JpegFrame stated) {
        if (component.step != 0 || stated.coding() == Coding.LOSSLESS) {
            return;
        }
        int[] table = component.quantisation > 3 ? null : steps[component.quantisation];
        if (table == null) {
            throw corrupt("a JPEG component whose quantisation table " + component.quantisation + " is missing");
        }
        for (int k = 0; k < 64; k++) {
            int largest = (ScanReader.largestCoefficient(stated.bits()) + table[k]) / table[k];
            component.largestCategory[k] = (byte) (32 - Integer.numberOfLeadingZeros(largest));
        }
        int smallest = Byte.MAX_VALUE;
        for (int k = 63; k >= 0; k--) {
            smallest = Math.min(smallest, component.largestCategory[k]);
            component.smallestLargestFrom[k] = (byte) smallest;
        }
        component.step = table[0];
    }

    private static @Nullable HuffmanTable table(@Nullable HuffmanTable[] tables, int id) {
        return id > 3 ? null : tables[id];
    }

    private JpegFrame requireFrame() {
        JpegFrame stated = frame;
        if (stated == null) {
            throw corrupt("a JPEG scan without a frame header before it");
        }
        return stated;
    }

    private static UndecodableImageException corrupt(String detail) {
        return new UndecodableImageException(Reason.CORRUPT, detail);
    }
}
