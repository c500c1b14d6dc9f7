package dev.convoke.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads a local file through a buffer; long reads go past it. */
final class LocalInput extends SeekableInput {

    private static final int BUFFER = 1 << 16;
    /** The JDK copies through a direct buffer of the size of one read: keep it small. */
    private static final int LARGEST_READ = 1 << 20;

    private final Location file;
    private final FileChannel channel;
    private final long length;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

    LocalInput(Location file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.length = channel.size();
    }

    @Override
    public long position() throws IOException {
        return channel.position() - buffer.remaining();
    }

    @Override
    public void seek(long position) throws IOException {
        if (position < 0 || position > length) {
            throw new EOFException("Cannot seek to " + position + " in " + file + ": it has " + length + " bytes");
        }
        buffer.limit(0);
        channel.position(position);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        if (count == 0) {
            return 0;
        }
        if (!buffer.hasRemaining() && count >= BUFFER) {
            return transfer(ByteBuffer.wrap(target, offset, Math.min(count, LARGEST_READ)));
        }
        if (!fill()) {
            return -1;
        }
        int taken = Math.min(count, buffer.remaining());
        buffer.get(target, offset, taken);
        return taken;
    }

    @Override
    public int available() {
        return buffer.remaining();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private boolean fill() {
        if (buffer.hasRemaining()) {
            return true;
        }
        buffer.clear();
        int read = 0;
        try {
            read = transfer(buffer);
        } finally {
            buffer.position(0).limit(Math.max(read, 0));
        }
        return read > 0;
    }

    private int transfer(ByteBuffer target) {
        try {
            return channel.read(target);
        } catch (IOException e) {
            throw LocalErrors.explain("read " + file, e);
        }
    }
}
