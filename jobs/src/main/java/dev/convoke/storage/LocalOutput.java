package dev.convoke.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes a local file through a buffer and forces it, and then its name, to disk on close. */
final class LocalOutput extends DurableOutput {

    private static final int BUFFER = 1 << 16;
    /** The JDK copies through a direct buffer of the size of one write: keep it small. */
    private static final int LARGEST_WRITE = 1 << 20;

    private final Location file;
    private final FileChannel channel;
    private final Action syncFolder;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

    LocalOutput(Location file, FileChannel channel, Action syncFolder) {
        this.file = file;
        this.channel = channel;
        this.syncFolder = syncFolder;
    }

    @Override
    public long position() throws IOException {
        return channel.position() + buffer.position();
    }

    @Override
    public void write(int value) {
        if (!buffer.hasRemaining()) {
            drain();
        }
        buffer.put((byte) value);
    }

    @Override
    public void write(byte[] source, int offset, int count) {
        if (count > buffer.remaining()) {
            drain();
        }
        if (count <= buffer.remaining()) {
            buffer.put(source, offset, count);
            return;
        }
        for (int done = 0; done < count; done += LARGEST_WRITE) {
            transfer(ByteBuffer.wrap(source, offset + done, Math.min(LARGEST_WRITE, count - done)));
        }
    }

    @Override
    public void flush() {
        drain();
    }

    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            drain();
            channel.force(true);
        } catch (IOException e) {
            throw LocalErrors.explain("write " + file, e);
        }
        try {
            syncFolder.run();
        } catch (IOException e) {
            throw LocalErrors.explain("write " + file, e);
        }
    }

    private void drain() {
        buffer.flip();
        try {
            transfer(buffer);
        } finally {
            buffer.clear();
        }
    }

    private void transfer(ByteBuffer source) {
        try {
            while (source.hasRemaining()) {
                channel.write(source);
            }
        } catch (IOException e) {
            throw LocalErrors.explain("write " + file, e);
        }
    }

    /** Forces the file's name to disk. */
    interface Action {
        void run() throws IOException;
    }
}
