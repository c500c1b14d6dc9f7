package dev.convoke.spark.rounds;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Where received slices lie until they are used; kept between rounds, so that receiving makes no garbage. Holds no more
 * than was in use at once. Safe for use by many tasks.
 */
final class ScratchBuffers {

    private final Deque<byte[]> idle = new ArrayDeque<>();

    /** Returns an array of exactly this length, of any content. */
    synchronized byte[] take(int bytes) {
        for (byte[] candidate : idle) {
            if (candidate.length == bytes) {
                idle.remove(candidate);
                return candidate;
            }
        }
        // One of another length is dropped for it: slices are alike, but the last of a part may be shorter.
        idle.pollLast();
        return new byte[bytes];
    }

    /** Takes an array back; the caller must not touch it any more. */
    synchronized void giveBack(byte[] bytes) {
        idle.addFirst(bytes);
    }
}
