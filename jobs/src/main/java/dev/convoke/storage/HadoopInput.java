package dev.convoke.storage;

import java.io.EOFException;
import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;

/** Reads a file of a Hadoop file system and explains what goes wrong. */
final class HadoopInput extends SeekableInput {

    private final Location file;
    private final FSDataInputStream stream;
    private final long length;

    HadoopInput(Location file, FSDataInputStream stream, long length) {
        this.file = file;
        this.stream = stream;
        this.length = length;
    }

    @Override
    public long position() throws IOException {
        return stream.getPos();
    }

    @Override
    public void seek(long position) throws IOException {
        if (position < 0 || position > length) {
            throw new EOFException("Cannot seek to " + position + " in " + file + ": it has " + length + " bytes");
        }
        stream.seek(position);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int read() {
        try {
            return stream.read();
        } catch (IOException e) {
            throw HadoopErrors.explain("read " + file, file, e);
        }
    }

    @Override
    public int read(byte[] target, int offset, int count) {
        try {
            return stream.read(target, offset, count);
        } catch (IOException e) {
            throw HadoopErrors.explain("read " + file, file, e);
        }
    }

    @Override
    public int available() throws IOException {
        return stream.available();
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
