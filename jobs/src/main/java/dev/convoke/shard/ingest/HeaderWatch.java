package dev.convoke.shard.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;

/**
 * Passes a tar's bytes on and looks at the record that stands where the next header must: a record of zeros is the end
 * that an archive states itself, and bytes that merely stop are an archive cut short. What a header announces that the
 * library would read into memory, however much it is, is refused before it does. Not thread-safe.
 */
final class HeaderWatch extends InputStream {

    private static final int RECORD = 512;
    private static final int KIND = 156;
    private static final int SIZE = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int SPARSE_GOES_ON = 482;

    /** Most bytes of a long name or of attributes; paths have 4,096 at most. */
    private static final int LARGEST_EXTENSION = 1 << 20;

    /** Each entry may have one of each kind; the library goes one call deeper for each. */
    private static final int MOST_EXTENSIONS = 16;

    private static final String SPARSE_ATTRIBUTES = "GNU.sparse.";

    private final InputStream in;
    private final Function<String, RuntimeException> refusal;
    private final byte[] record = new byte[RECORD];
    private byte[] extension = {};
    private long extensionStart;
    private long position;
    private long header;
    private int extensions;
    private boolean ended;

    /**
     * Watches an archive.
     *
     * @param refusal what is thrown at the reader, given what the archive does
     */
    HeaderWatch(InputStream in, Function<String, RuntimeException> refusal) {
        this.in = in;
        this.refusal = refusal;
    }

    /**
     * Says where the next header stands: behind the content that begins here.
     *
     * @param length of that content, without what fills its last record
     */
    void expectHeaderAfter(long length) {
        header = afterRecords(position, length);
        extensions = 0;
        ended = false;
    }

    /** Returns whether a whole record of zeros stood there. */
    boolean sawEndRecord() {
        return ended;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = in.read(target, offset, length);
        long from = position;
        position += Math.max(0, read);
        // In the order in which they stand: the attributes first, then the header behind them.
        if (copied(target, offset, from, extensionStart, extension) && isSparse(extension)) {
            throw refusal.apply("holds a sparse file");
        }
        if (copied(target, offset, from, header, record)) {
            look();
        }
        return read;
    }

    /** Copies what was just read of a stretch; returns whether it is complete now. */
    private boolean copied(byte[] target, int offset, long from, long start, byte[] stretch) {
        long first = Math.max(from, start);
        long end = Math.min(position, start + stretch.length);
        if (first >= end) {
            return false;
        }
        System.arraycopy(target, offset + (int) (first - from), stretch, (int) (first - start), (int) (end - first));
        return end == start + stretch.length;
    }

    private static boolean isSparse(byte[] attributes) {
        return new String(attributes, StandardCharsets.ISO_8859_1).contains(SPARSE_ATTRIBUTES);
    }

    private void look() {
        ended = Arrays.equals(record, new byte[RECORD]);
        byte kind = record[KIND];
        if (kind == TarConstants.LF_GNUTYPE_SPARSE && record[SPARSE_GOES_ON] != 0) {
            throw refusal.apply("holds a sparse file");
        }
        boolean extending = switch (kind) {
            case TarConstants.LF_PAX_EXTENDED_HEADER_LC,
                    TarConstants.LF_PAX_EXTENDED_HEADER_UC,
                    TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER,
                    TarConstants.LF_GNUTYPE_LONGNAME,
                    TarConstants.LF_GNUTYPE_LONGLINK -> true;
            default -> false;
        };
        if (extending) {
            expectExtension(size());
        }
    }

    private long size() {
        try {
            return TarUtils.parseOctalOrBinary(record, SIZE, SIZE_LENGTH);
        } catch (IllegalArgumentException noNumber) {
            return 0; // the library refuses it, and says what is wrong
        }
    }

    private void expectExtension(long size) {
        if (size > LARGEST_EXTENSION) {
            throw refusal.apply("holds a name or attributes of " + size + " bytes, more than " + LARGEST_EXTENSION);
        }
        extensions++;
        if (extensions > MOST_EXTENSIONS) {
            throw refusal.apply("holds more than " + MOST_EXTENSIONS + " names or attributes of one entry");
        }
        extension = new byte[(int) Math.max(0, size)];
        extensionStart = header + RECORD;
        header = afterRecords(extensionStart, extension.length);
    }

    private static long afterRecords(long start, long length) {
        return start + (length + RECORD - 1) / RECORD * RECORD;
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = in.skip(count);
        position += skipped;
        return skipped;
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }
}
