package dev.convoke.shard.ingest;

import java.io.IOException;
import java.io.InputStream;

/**
 * Passes a tar's bytes on and looks at the record that stands where the next header must: a record of zeros is the end
 * that an archive states itself. Bytes that merely stop are an archive cut short. Not thread-safe.
 */
final class HeaderWatch extends InputStream {

    private static final int RECORD = 512;

    private final InputStream in;
    private long position;
    private long header;
    private int zeros;

    HeaderWatch(InputStream in) {
        this.in = in;
    }

    /**
     * Says where the next header stands: behind the content that begins here.
     *
     * @param length of that content, without what fills its last record
     */
    void expectHeaderAfter(long length) {
        header = position + (length + RECORD - 1) / RECORD * RECORD;
        zeros = 0;
    }

    /** Returns whether a whole record of zeros stood there. */
    boolean sawEndRecord() {
        return zeros == RECORD;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = in.read(target, offset, length);
        long from = Math.max(0, header - position);
        long to = Math.min(read, header + RECORD - position);
        for (long i = from; i < to; i++) {
            zeros += target[offset + (int) i] == 0 ? 1 : 0;
        }
        position += Math.max(0, read);
        return read;
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
