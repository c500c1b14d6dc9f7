package dev.convoke.data;

import java.nio.charset.StandardCharsets;

/**
 * Pure functions that turn longs into random-looking longs and numbers. Every random choice about data is one of these
 * functions of seed, epoch and example: nothing is drawn from shared state, so a retry, another host or another thread
 * chooses the same.
 */
public final class Keys {

    /** The golden ratio's fraction, as SplitMix64 steps by. */
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private Keys() {}

    /**
     * Mixes values into one key. Order matters, and so does the number of values: {@code mix(a)} is not {@code mix(a,
     * 0)}.
     */
    public static long mix(long... parts) {
        long key = scramble(parts.length * STEP);
        for (long part : parts) {
            key = scramble(key + STEP + scramble(part + STEP));
        }
        return key;
    }

    /** Returns a key for a text, such as an example's path. */
    public static long of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long key = scramble(bytes.length + STEP);
        for (int start = 0; start < bytes.length; start += Long.BYTES) {
            long word = 0;
            for (int i = start; i < Math.min(start + Long.BYTES, bytes.length); i++) {
                word = word << 8 | (bytes[i] & 0xFF);
            }
            key = scramble(key + STEP + scramble(word + STEP));
        }
        return key;
    }

    /** Returns a number in [0, 1) with 53 random bits. */
    public static double uniform(long key) {
        return (scramble(key + STEP) >>> 11) * 0x1.0p-53;
    }

    /** Returns an integer in [0, bound). */
    public static int below(int bound, long key) {
        if (bound < 1) {
            throw new IllegalArgumentException("No integer is below " + bound + " and at least 0");
        }
        return (int) Math.multiplyHigh(scramble(key + STEP) >>> 1, 2L * bound);
    }

    /** Returns a number from the standard normal distribution. */
    public static double normal(long key) {
        double radius = Math.sqrt(-2 * Math.log(1 - uniform(mix(key, 1))));
        return radius * Math.cos(2 * Math.PI * uniform(mix(key, 2)));
    }

    /** The finaliser of SplitMix64: a bijection in which every input bit moves half of the output bits. */
    private static long scramble(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
