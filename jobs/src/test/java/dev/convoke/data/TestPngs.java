package dev.convoke.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** PNG files put together by hand, chunk by chunk: of every kind, and of kinds that no encoder would write. */
final class TestPngs {

    static final int GREY = 0;
    static final int COLOUR = 2;
    static final int PALETTE = 3;
    static final int GREY_ALPHA = 4;
    static final int COLOUR_ALPHA = 6;

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    /** First column, first row, step in columns and step in rows of each of Adam's seven passes. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    /** What is stored of one pixel. */
    interface Samples {
        int[] at(int x, int y);
    }

    /** Begins a file. */
    static TestPngs begin(int width, int height, int bits, int colourType, boolean interlaced) {
        TestPngs png = new TestPngs();
        png.file.writeBytes(SIGNATURE);
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) bits)
                .put((byte) colourType)
                .put(10, (byte) 0)
                .put(12, (byte) (interlaced ? 1 : 0))
                .array();
        return png.chunk("IHDR", header);
    }

    /** Adds a chunk with the checksum it should have. */
    TestPngs chunk(String type, byte... data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        file.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        file.writeBytes(name);
        file.writeBytes(data);
        file.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
        return this;
    }

    /** Ends the file. */
    byte[] end() {
        return chunk("IEND").file.toByteArray();
    }

    /** Returns rows of 8 or 16 bits a sample, each behind the number of its filter, which is none. */
    static byte[] rows(int width, int height, int bits, Samples samples) {
        return rows(new int[] {0, 0, 1, 1}, width, height, bits, samples);
    }

    /** Returns the same, first few of them, then more, as a browser would show them while they come in. */
    static byte[] interlacedRows(int width, int height, int bits, Samples samples) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int[] pass : PASSES) {
            all.writeBytes(rows(pass, width, height, bits, samples));
        }
        return all.toByteArray();
    }

    private static byte[] rows(int[] pass, int width, int height, int bits, Samples samples) {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        for (int y = pass[1]; y < height && pass[0] < width; y += pass[3]) {
            rows.write(0);
            for (int x = pass[0]; x < width; x += pass[2]) {
                for (int sample : samples.at(x, y)) {
                    if (bits == 16) {
                        rows.write(sample >> 8);
                    }
                    rows.write(sample);
                }
            }
        }
        return rows.toByteArray();
    }

    /** Returns bytes as zlib packs them. */
    static byte[] packed(byte[] bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        byte[] packed = new byte[bytes.length + 100];
        int length = deflater.deflate(packed);
        deflater.end();
        return Arrays.copyOf(packed, length);
    }
}
