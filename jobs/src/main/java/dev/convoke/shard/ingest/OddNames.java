package dev.convoke.shard.ingest;

import java.util.HashMap;
import java.util.Map;

/**
 * Tells names apart that look the same once decoded: whatever bytes are no UTF-8, they all become the same sign, U+FFFD
 * by the JDK and a question mark by the library for tars. Used for one folder or archive, by one thread; remembers odd
 * names alone.
 */
final class OddNames {

    private final Map<String, Integer> seen = new HashMap<>();

    /** Returns a path, with a number behind it if an odd one like it was there before. */
    String distinct(String path) {
        if (path.indexOf('\uFFFD') < 0 && path.indexOf('?') < 0) {
            return path;
        }
        int times = seen.merge(path, 1, Integer::sum);
        return times == 1 ? path : path + "~" + times;
    }
}
