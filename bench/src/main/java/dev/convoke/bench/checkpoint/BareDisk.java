package dev.convoke.bench.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** The disk without anybody's format: one file, 4 MB at a time, forced to disk. */
final class BareDisk implements AutoCloseable {

    private static final int CHUNK = 4 << 20;

    private final Path folder;
    private final long bytes;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);

    BareDisk(Path folder, long bytes) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.bytes = bytes;
        SplittableRandom random = new SplittableRandom(5);
        while (chunk.hasRemaining()) {
            chunk.putLong(random.nextLong());
        }
    }

    void write() throws IOException {
        Files.deleteIfExists(file());
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long done = 0; done < bytes; done += chunk.limit()) {
                chunk.clear().limit((int) Math.min(CHUNK, bytes - done));
                while (chunk.hasRemaining()) {
                    channel.write(chunk);
                }
            }
            channel.force(true);
        }
    }

    void read() throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ)) {
            for (long done = 0; done < bytes; ) {
                int count = channel.read(chunk.clear());
                if (count < 0) {
                    throw new EOFException(file() + " ended after " + done + " bytes");
                }
                done += count;
            }
        }
    }

    void forgetCached() throws IOException {
        PageCache.forget(folder);
    }

    @Override
    public void close() {
        PageCache.delete(folder);
    }

    private Path file() {
        return folder.resolve("bytes");
    }
}
