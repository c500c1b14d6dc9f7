package dev.convoke.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Writes a local file through a buffer and forces it, and then its name, to disk on close. What was written so far is
 * forced beside further writing, so that the disk does not wait for the end and the end not for the whole disk.
 */
final class LocalOutput extends DurableOutput {

    private static final int BUFFER = 1 << 16;
    /** The JDK copies through a direct buffer of the size of one write: keep it small. */
    private static final int LARGEST_WRITE = 1 << 20;

    private static final int FORCED_TOGETHER = 4 << 20;

    private final Location file;
    private final FileChannel channel;
    private final Action syncFolder;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private long unforced;
    private CompletableFuture<Void> forcing = CompletableFuture.completedFuture(null);

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
            try {
                drain();
            } finally {
                awaitForced();
            }
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
        unforced += source.remaining();
        try {
            while (source.hasRemaining()) {
                channel.write(source);
            }
            if (unforced >= FORCED_TOGETHER && forcing.isDone()) {
                awaitForced();
                unforced = 0;
                forcing = CompletableFuture.runAsync(this::force, LocalOutput::beside);
            }
        } catch (IOException e) {
            throw LocalErrors.explain("write " + file, e);
        }
    }

    private void force() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Threads of their own: they wait for a disk, and a pool has better to do. */
    private static void beside(Runnable task) {
        Thread thread = new Thread(task, "convoke-force");
        thread.setDaemon(true);
        thread.start();
    }

    private void awaitForced() throws IOException {
        try {
            forcing.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof UncheckedIOException refused) {
                throw refused.getCause();
            }
            throw failed;
        }
    }

    /** Forces the file's name to disk. */
    interface Action {
        void run() throws IOException;
    }
}
