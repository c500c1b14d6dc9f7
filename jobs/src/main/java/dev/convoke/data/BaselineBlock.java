package dev.convoke.data;

import dev.convoke.data.JpegFrame.Component;
import dev.convoke.data.UndecodableImageException.Reason;
import org.jspecify.annotations.Nullable;

/** The coefficients of one block of a sequential JPEG, all but the lowest (ITU-T T.81, F.2.2.2). */
final class BaselineBlock {

    private static final int COEFFICIENTS = 64;
    /** A fill makes more available than any code word and its value take. */
    private static final int ENOUGH = 32;

    private BaselineBlock() {}

    /**
     * Passes the block's code words.
     *
     * @param table of these coefficients
     * @param steps what the table says of several at a time, or null to go one by one; the outcome is the same
     * @throws UndecodableImageException if they are no block of pixels
     */
    static void pass(EntropyBits bits, HuffmanTable table, @Nullable BlockSteps steps, Component component) {
        int k = 1;
        while (k < COEFFICIENTS) {
            if (steps != null) {
                k = steps.follow(bits, component.smallestLargestFrom, k);
            }
            if (k < COEFFICIENTS) {
                k = passOne(bits, table, component, k);
            }
        }
    }

    /** Passes one code word and its value; returns the coefficient after it. */
    private static int passOne(EntropyBits bits, HuffmanTable table, Component component, int from) {
        if (bits.available() < ENOUGH) {
            bits.fill();
        }
        int word = table.peek(bits);
        int symbol = word & 0xFF;
        int category = symbol & 0xF;
        int k = from + (symbol >> 4);
        bits.skip((word >> 8) + category);
        if (bits.available() < 0) {
            throw bits.passedEnd();
        }
        if (symbol == 0) {
            return COEFFICIENTS;
        }
        if (k >= COEFFICIENTS || (category == 0 && symbol != 0xF0)) {
            throw new UndecodableImageException(Reason.CORRUPT, "a JPEG block that runs over its 64 coefficients");
        }
        if (category > component.largestCategory[k]) {
            throw new UndecodableImageException(Reason.CORRUPT, "a coefficient of a JPEG that no pixels have");
        }
        return k + 1;
    }
}
