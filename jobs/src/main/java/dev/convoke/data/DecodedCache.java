package dev.convoke.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decoded images of one dataset in a file of this process, up to a size: each is decoded once and read back from then
 * on, out of the system's memory where that has room. For small datasets: a decoded image is about ten times as large
 * as its JPEG. What does not fit, or cannot be kept because the disk is full, is decoded every time. Safe for use by
 * many threads; the file goes with the process.
 */
public final class DecodedCache implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DecodedCache.class);

    /** How many threads can read at the same time. */
    private static final int HANDLES = 8;

    /**
     * Each used under its own lock. Not a channel: that is closed for all threads when one is interrupted, as those of
     * a worker are that ends while others go on.
     */
    private final List<RandomAccessFile> handles;

    private final long capacity;
    private final Consumer<String> warning;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final AtomicLong used = new AtomicLong();
    private final Map<String, Place> places = new ConcurrentHashMap<>();
    private final AtomicLong hits = new AtomicLong();

    private record Place(long offset, int width, int height) {}

    private DecodedCache(List<RandomAccessFile> handles, long capacity, Consumer<String> warning) {
        this.handles = handles;
        this.capacity = capacity;
        this.warning = warning;
    }

    /**
     * Opens an empty cache; where the disk has no room for one, one that keeps nothing.
     *
     * @param folder on a local disk; the file in it is deleted when the cache is closed or the process ends
     * @param capacity most bytes
     */
    public static DecodedCache open(Path folder, long capacity) {
        return open(folder, capacity, LOG::warn);
    }

    /** Opens an empty cache. */
    static DecodedCache open(Path folder, long capacity, Consumer<String> warning) {
        try {
            Path file = Files.createTempFile(folder, "convoke-decoded-", ".rgb");
            try {
                return in(file, capacity, warning);
            } finally {
                // Its handles keep what is in it, and nothing is left however the process ends.
                Files.delete(file);
            }
        } catch (IOException e) {
            DecodedCache none = new DecodedCache(List.of(), capacity, warning);
            none.giveUp(e);
            return none;
        }
    }

    /** Opens an empty cache in a file. */
    static DecodedCache in(Path file, long capacity, Consumer<String> warning) throws IOException {
        List<RandomAccessFile> handles = new ArrayList<>();
        DecodedCache cache = new DecodedCache(handles, capacity, warning);
        try {
            for (int i = 0; i < HANDLES; i++) {
                handles.add(new RandomAccessFile(file.toFile(), "rw"));
            }
        } catch (IOException e) {
            cache.close();
            throw e;
        }
        return cache;
    }

    /**
     * Returns the upright pixels of an example, decoded now or before.
     *
     * @param example identified by its path and bytes: another dataset may come to stand at the same place
     */
    RgbImage pixels(Example example, ImageHeader header) {
        String key = key(example);
        Place place = places.get(key);
        Optional<RgbImage> kept = place == null ? Optional.empty() : read(place);
        if (kept.isPresent()) {
            hits.incrementAndGet();
            return kept.get();
        }
        RgbImage image = NativeImages.decoded(example.encoded(), header);
        if (!failed.get()) {
            keep(key, image);
        }
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

    private Optional<RgbImage> read(Place place) {
        byte[] pixels = new byte[3 * place.width() * place.height()];
        RandomAccessFile file = handle();
        try {
            synchronized (file) {
                file.seek(place.offset());
                file.readFully(pixels);
            }
            return Optional.of(new RgbImage(place.width(), place.height(), pixels));
        } catch (EOFException e) {
            giveUp(new IOException("the file of decoded images ends early; does something change it?", e));
        } catch (IOException e) {
            giveUp(e);
        }
        return Optional.empty();
    }

    private void keep(String key, RgbImage image) {
        int bytes = image.pixels().length;
        long offset = used.getAndAdd(bytes);
        if (offset + bytes > capacity) {
            used.addAndGet(-bytes);
            return;
        }
        RandomAccessFile file = handle();
        try {
            synchronized (file) {
                file.seek(offset);
                file.write(image.pixels());
            }
            places.put(key, new Place(offset, image.width(), image.height()));
        } catch (IOException e) {
            giveUp(e);
        }
    }

    private RandomAccessFile handle() {
        return handles.get((int) (Thread.currentThread().getId() % handles.size()));
    }

    private void giveUp(IOException reason) {
        if (failed.compareAndSet(false, true)) {
            warning.accept("No more decoded images are kept (" + reason.getMessage() + "): those are decoded each time,"
                    + " which is slower; lower feed.cache_mb, or give java.io.tmpdir a folder with room");
        }
    }

    @Override
    public void close() {
        try {
            for (RandomAccessFile handle : handles) {
                handle.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot close the file of decoded images", e);
        }
    }
}
