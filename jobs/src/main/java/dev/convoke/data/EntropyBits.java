package dev.convoke.data;

import dev.convoke.data.UndecodableImageException.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads the bits of entropy-coded JPEG data up to the next marker (ITU-T T.81, B.1.1.5 and F.2.2.5). Bits beyond it are
 * refused, never made up. Not thread-safe.
 */
final class EntropyBits {

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private final byte[] file;
    private int position;
    /** The next bits, the first of them highest; only {@code available} of them count. */
    private long buffer;

    private int available;

    EntropyBits(byte[] file, int start) {
        this.file = file;
        this.position = start;
    }

    /** Makes at least 56 bits available, or all there are before the next marker. */
    void fill() {
        if (position + Long.BYTES <= file.length) {
            long word = (long) WORDS.get(file, position);
            boolean hasMarkerOrStuffing = ((~word - LOW_BITS) & word & HIGH_BITS) != 0;
            if (!hasMarkerOrStuffing) {
                buffer |= word >>> available;
                position += (63 - available) >>> 3;
                available |= 56;
                return;
            }
        }
        fillByByte();
    }

    private void fillByByte() {
        while (available <= 56 && position < file.length) {
            int value = file[position] & 0xFF;
            if (value == 0xFF) {
                if (position + 1 >= file.length || file[position + 1] != 0) {
                    return;
                }
                position++;
            }
            position++;
            buffer |= (long) value << (56 - available);
            available += 8;
        }
    }

    /** Returns how many bits are available; below 0 once more were used than there are. */
    int available() {
        return available;
    }

    /** Returns what is available, the next bit highest; what follows it is anything. */
    long buffer() {
        return buffer;
    }

    /** Returns the next bits without using them; what is not there is read as anything. */
    int peek(int count) {
        return (int) (buffer >>> (64 - count));
    }

    /** Uses bits that {@link #fill} has made available. */
    void skip(int count) {
        buffer <<= count;
        available -= count;
    }

    /** Returns the next bits, 1 to 16, filling as needed. */
    int take(int count) {
        if (available < count) {
            fill();
            requireNotPassed(count);
        }
        int value = (int) (buffer >>> (64 - count));
        skip(count);
        return value;
    }

    private void requireNotPassed(int count) {
        if (available < count) {
            throw passedEnd();
        }
    }

    /** Returns what to throw when the bits end before the pixels do. */
    UndecodableImageException passedEnd() {
        return position + 1 >= file.length
                ? new UndecodableImageException(
                        Reason.TRUNCATED, "the JPEG ends within the pixels, after " + file.length + " bytes")
                : new UndecodableImageException(
                        Reason.CORRUPT, "the coded pixels end early, at the marker at byte " + position);
    }

    /**
     * Ends a run of coded data: nothing but padding may be left before a marker.
     *
     * @return the position of the marker's first byte
     */
    int end() {
        fill();
        if (available < 0) {
            throw passedEnd();
        }
        int padding = available & 7;
        boolean whole = available >= 8;
        int pad = padding == 0 ? 0 : peek(padding);
        // The standard pads with ones; some encoders pad with zeros.
        boolean usual = padding == 0 || pad == 0 || pad == (1 << padding) - 1;
        if (whole || !usual) {
            throw new UndecodableImageException(
                    Reason.CORRUPT, "coded data goes on behind the last pixel, before byte " + position);
        }
        if (position + 1 >= file.length) {
            throw passedEnd();
        }
        return position;
    }

    /** Goes on after a marker. */
    void restartAt(int start) {
        position = start;
        buffer = 0;
        available = 0;
    }
}
