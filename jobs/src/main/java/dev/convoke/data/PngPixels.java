package dev.convoke.data;

import dev.convoke.data.UndecodableImageException.Reason;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks the pixels of a PNG and forgets them, to see whether all of them are there: decoders show what there is of
 * them, and the rest black. Used for one file by one thread.
 */
final class PngPixels implements AutoCloseable {

    /** First column, first row, step in columns and step in rows of each pass over an interlaced image. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private static final int[][] ALL_AT_ONCE = {{0, 0, 1, 1}};

    private final Inflater inflater = new Inflater();
    private final byte[] scratch = new byte[32 << 10];
    private final long expected;
    private long unpacked;

    PngPixels(ImageHeader header) {
        this.expected = expected(header);
    }

    /** Each row of each pass begins with the number of its filter and ends with a whole byte. */
    private static long expected(ImageHeader header) {
        long bytes = 0;
        for (int[] pass : header.coding().equals("interlaced") ? PASSES : ALL_AT_ONCE) {
            long columns = ((long) header.storedWidth() - pass[0] + pass[2] - 1) / pass[2];
            long rows = ((long) header.storedHeight() - pass[1] + pass[3] - 1) / pass[3];
            if (columns > 0 && rows > 0) {
                bytes += rows * (1 + (columns * header.channels() * header.bits() + 7) / 8);
            }
        }
        return bytes;
    }

    /**
     * Takes the next part of the packed pixels.
     *
     * @throws UndecodableImageException if it cannot be unpacked, or is more than the image has pixels for
     */
    void take(byte[] file, int start, int length) {
        inflater.setInput(file, start, length);
        try {
            for (int count = inflater.inflate(scratch); count > 0; count = inflater.inflate(scratch)) {
                unpacked += count;
                if (unpacked > expected) {
                    throw new UndecodableImageException(
                            Reason.CORRUPT, "the PNG holds more than the " + expected + " bytes of its pixels");
                }
            }
        } catch (DataFormatException e) {
            throw new UndecodableImageException(
                    Reason.CORRUPT,
                    "the pixels of the PNG cannot be unpacked (" + e.getMessage() + ") after " + unpacked + " of their "
                            + expected + " bytes",
                    e);
        }
    }

    /**
     * Returns once all pixels were there.
     *
     * @throws UndecodableImageException if they were not
     */
    void requireAll() {
        if (!inflater.finished() || unpacked < expected) {
            throw new UndecodableImageException(
                    Reason.TRUNCATED,
                    "the PNG holds " + unpacked + " of the " + expected + " bytes of its pixels"
                            + (unpacked == expected ? " but not the end of them" : ""));
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
