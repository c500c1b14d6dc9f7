package dev.convoke.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Huffman tables of the JPEGs read so far: most files share the tables that the standard proposes, and working them out
 * takes as long as walking a thumbnail. Safe for use by many threads.
 */
final class HuffmanTables {

    /** With what each says of several coefficients at a time, less than 6 MB. */
    private static final int MOST = 256;

    private final Map<ByteBuffer, HuffmanTable> known = new ConcurrentHashMap<>();

    /**
     * Returns a table.
     *
     * @param at where its 16 counts stand
     * @param end first byte after the segment
     * @throws UndecodableImageException if it is none
     */
    HuffmanTable of(byte[] file, int at, int end) {
        int bytes = HuffmanTable.fileBytes(file, at, end);
        HuffmanTable before = known.get(ByteBuffer.wrap(file, at, bytes));
        if (before != null) {
            return before;
        }
        HuffmanTable table = new HuffmanTable(file, at, end);
        if (known.size() >= MOST) {
            known.clear(); // files with tables of their own: those that are shared will come again
        }
        known.put(ByteBuffer.wrap(Arrays.copyOfRange(file, at, at + bytes)), table);
        return table;
    }
}
