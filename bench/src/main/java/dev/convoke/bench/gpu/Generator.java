package dev.convoke.bench.gpu;

/** SplitMix64: the same numbers in every process, whatever library it has. */
final class Generator {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    /** Starts a sequence of its own for each name and number. */
    Generator(String name, long number) {
        this.state = mix(name.hashCode() + GOLDEN * number);
    }

    /** Returns 64 pseudo-random bits. */
    long next() {
        state += GOLDEN;
        return mix(state);
    }

    /** Returns a value in [-1, 1) that a float32 holds exactly. */
    float signed() {
        return (next() >> 40) * 0x1p-23f;
    }

    /** Returns a value in [0, bound). */
    int below(int bound) {
        return (int) Long.remainderUnsigned(next(), bound);
    }

    /** Returns bits that depend on nothing but an index. */
    static long at(long index) {
        return mix(GOLDEN * (index + 1));
    }

    private static long mix(long value) {
        long x = value;
        x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
