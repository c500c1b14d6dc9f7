package dev.convoke.spark;

import dev.convoke.data.DecodedCache;
import dev.convoke.storage.Location;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The decoded images of this process: one cache a dataset, shared by the workers that come and go in it. */
final class DecodedCaches {

    /** As long-lived as the process: an example moves to another worker with every epoch, its pixels stay. */
    private static final Map<Key, DecodedCache> OPEN = new ConcurrentHashMap<>();

    private record Key(Location dataset, int megabytes) {}

    private DecodedCaches() {}

    /** Returns the cache of a dataset, of at most so many megabytes, in the folder for temporary files. */
    static DecodedCache of(Location dataset, int megabytes) {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        return OPEN.computeIfAbsent(
                new Key(dataset, megabytes), key -> DecodedCache.open(folder, (long) megabytes << 20));
    }
}
