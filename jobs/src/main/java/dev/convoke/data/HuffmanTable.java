package dev.convoke.data;

import dev.convoke.data.UndecodableImageException.Reason;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The code words of one Huffman table of a JPEG (ITU-T T.81, annex C and F.2.2.3). Safe for use by many threads. */
final class HuffmanTable {

    private static final int LOOK = 10;
    private static final int LONGEST = 16;

    /** For the next {@value #LOOK} bits: length of the code word times 256 plus its symbol, or 0 if it is longer. */
    private final short[] quick = new short[1 << LOOK];

    private final byte[] symbols;
    /** For each length one more than its last code, shifted to 16 bits. */
    private final int[] ends = new int[LONGEST + 1];

    private final int[] firstCodes = new int[LONGEST + 1];
    private final int[] firstSymbols = new int[LONGEST + 1];
    /** Worked out when first asked for; two threads may do so, to the same effect. */
    private @Nullable BlockSteps steps;

    /**
     * Reads a table.
     *
     * @param at where its 16 counts stand
     * @param end first byte after the segment
     */
    HuffmanTable(byte[] file, int at, int end) {
        int total = total(file, at, end);
        this.symbols = new byte[total];
        System.arraycopy(file, at + LONGEST, symbols, 0, total);
        int code = 0;
        int index = 0;
        for (int length = 1; length <= LONGEST; length++) {
            int count = file[at + length - 1] & 0xFF;
            firstCodes[length] = code;
            firstSymbols[length] = index;
            // The code of only ones is reserved: it would look like a marker.
            if (count > 0 && code + count >= 1 << length) {
                throw new UndecodableImageException(
                        Reason.CORRUPT, "a Huffman table with more code words of " + length + " bits than there are");
            }
            for (int i = 0; i < count && length <= LOOK; i++) {
                int first = (code + i) << (LOOK - length);
                short entry = (short) (length << 8 | (symbols[index + i] & 0xFF));
                Arrays.fill(quick, first, first + (1 << (LOOK - length)), entry);
            }
            code += count;
            index += count;
            ends[length] = code << (LONGEST - length);
            code <<= 1;
        }
    }

    /**
     * Returns how many bytes a table takes in a file.
     *
     * @throws UndecodableImageException if it does not fit its segment
     */
    static int fileBytes(byte[] file, int at, int end) {
        return LONGEST + total(file, at, end);
    }

    private static int total(byte[] file, int at, int end) {
        int total = 0;
        if (at + LONGEST <= end) {
            for (int i = 0; i < LONGEST; i++) {
                total += file[at + i] & 0xFF;
            }
        }
        if (total < 1 || total > 256 || at + LONGEST + total > end) {
            throw new UndecodableImageException(
                    Reason.CORRUPT, "a Huffman table of " + total + " code words that does not fit its segment");
        }
        return total;
    }

    /** Returns the largest symbol that any code word stands for, used or not. */
    int largestSymbol() {
        int largest = 0;
        for (byte symbol : symbols) {
            largest = Math.max(largest, symbol & 0xFF);
        }
        return largest;
    }

    /** Returns what it says of several coefficients at a time. */
    BlockSteps steps() {
        BlockSteps known = steps;
        if (known == null) {
            known = new BlockSteps(this);
            steps = known;
        }
        return known;
    }

    /** Returns how many bytes the table takes in the file. */
    int fileBytes() {
        return LONGEST + symbols.length;
    }

    /**
     * Returns a code word as {@link #peek} does, or 0 if it is a long one or none.
     *
     * @param next the next bits, the first of them highest
     * @param count how many they are, {@value #LOOK} or more
     */
    int shortWord(int next, int count) {
        return quick[next >> (count - LOOK)];
    }

    /**
     * Returns the next code word without using it, as its length times 256 plus its symbol.
     *
     * @param bits filled; at least 16 of them available, or all there are
     */
    int peek(EntropyBits bits) {
        int entry = quick[bits.peek(LOOK)];
        return entry != 0 ? entry : peekLong(bits);
    }

    private int peekLong(EntropyBits bits) {
        int next = bits.peek(LONGEST);
        for (int length = LOOK + 1; length <= LONGEST; length++) {
            if (next < ends[length]) {
                int index = firstSymbols[length] + (next >> (LONGEST - length)) - firstCodes[length];
                return length << 8 | (symbols[index] & 0xFF);
            }
        }
        if (bits.available() < LONGEST) {
            throw bits.passedEnd();
        }
        throw new UndecodableImageException(Reason.CORRUPT, "bits that are no code word among the coded pixels");
    }
}
