package dev.convoke.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * Decoded images of one dataset in a file of this process, up to a size: each is decoded once and read back from then
 * on, out of the system's memory where that has room. For small datasets: a decoded image is about ten times as large
 * as its JPEG. What does not fit is decoded every time. Safe for use by many threads; the file goes with the process.
 */
public final class DecodedCache implements AutoCloseable {

    private final FileChannel file;
    private final long capacity;
    private final AtomicLong used = new AtomicLong();
    private final Map<String, Place> places = new ConcurrentHashMap<>();
    private final AtomicLong hits = new AtomicLong();

    private record Place(long offset, int width, int height) {}

    private DecodedCache(FileChannel file, long capacity) {
        this.file = file;
        this.capacity = capacity;
    }

    /**
     * Opens an empty cache.
     *
     * @param folder on a local disk; the file in it is deleted when the cache is closed or the process ends
     * @param capacity most bytes
     */
    public static DecodedCache open(Path folder, long capacity) {
        try {
            Path path = Files.createTempFile(folder, "convoke-decoded-", ".rgb");
            return new DecodedCache(
                    FileChannel.open(
                            path,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE),
                    capacity);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot keep decoded images in " + folder + "; give java.io.tmpdir a folder with room", e);
        }
    }

    /**
     * Returns the upright pixels of an example, decoded now or before.
     *
     * @param example identified by its path and bytes: another dataset may come to stand at the same place
     */
    RgbImage pixels(Example example, ImageHeader header) {
        String key = key(example);
        Place place = places.get(key);
        if (place != null) {
            hits.incrementAndGet();
            return read(place);
        }
        RgbImage image = NativeImages.decoded(example.encoded(), header);
        int bytes = image.pixels().length;
        long offset = used.getAndAdd(bytes);
        if (offset + bytes > capacity) {
            used.addAndGet(-bytes);
            return image;
        }
        write(image, offset);
        places.put(key, new Place(offset, image.width(), image.height()));
        return image;
    }

    private static String key(Example example) {
        CRC32C checksum = new CRC32C();
        checksum.update(example.encoded(), 0, example.encoded().length);
        return Long.toHexString(checksum.getValue()) + ' ' + example.path();
    }

    /** Returns how often an image did not have to be decoded. */
    public long hits() {
        return hits.get();
    }

    private RgbImage read(Place place) {
        byte[] pixels = new byte[3 * place.width() * place.height()];
        ByteBuffer target = ByteBuffer.wrap(pixels);
        try {
            while (target.hasRemaining()) {
                if (file.read(target, place.offset() + target.position()) < 0) {
                    throw new IOException("it ends early; does something change it?");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read decoded images back: " + e.getMessage(), e);
        }
        return new RgbImage(place.width(), place.height(), pixels);
    }

    private void write(RgbImage image, long offset) {
        ByteBuffer source = ByteBuffer.wrap(image.pixels());
        try {
            while (source.hasRemaining()) {
                file.write(source, offset + source.position());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot keep decoded images: " + e.getMessage() + "; lower feed.cache_mb or make room", e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot close the file of decoded images", e);
        }
    }
}
