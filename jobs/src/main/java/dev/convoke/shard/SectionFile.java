package dev.convoke.shard;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * A file of which only some sections are in memory, already verified: what Parquet decodes from. Reading anywhere else
 * is an error, so nothing unverified is ever decoded.
 */
final class SectionFile implements InputFile {

    private final String name;
    private final long length;
    private final List<Section> sections;

    /** One part of a file: its bytes and where they stand. */
    @SuppressWarnings("ArrayRecordComponent") // megabytes, owned by the reader for one call
    record Section(long offset, byte[] bytes) {}

    SectionFile(String name, long length, List<Section> sections) {
        this.name = name;
        this.length = length;
        this.sections = sections;
    }

    @Override
    public long getLength() {
        return length;
    }

    @Override
    public SeekableInputStream newStream() {
        SectionStream stream = new SectionStream();
        return new DelegatingSeekableInputStream(stream) {
            @Override
            public long getPos() {
                return stream.position;
            }

            @Override
            public void seek(long position) {
                stream.position = position;
            }
        };
    }

    @Override
    public String toString() {
        return name;
    }

    private final class SectionStream extends InputStream {

        private long position;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            if (position >= length) {
                return -1;
            }
            for (Section section : sections) {
                long inside = position - section.offset();
                if (inside >= 0 && inside < section.bytes().length) {
                    int length = (int) Math.min(count, section.bytes().length - inside);
                    System.arraycopy(section.bytes(), (int) inside, target, offset, length);
                    position += length;
                    return length;
                }
            }
            throw new EOFException("Byte " + position + " of " + name + " is in no section that was verified");
        }
    }
}
