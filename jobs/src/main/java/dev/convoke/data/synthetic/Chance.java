package dev.convoke.data.synthetic;

import java.util.List;
import java.util.Random;

/** The dice of one photograph: everything it decides is a pure function of the seed and the photograph's index. */
final class Chance {

    private final Random random;
    private long noise;

    Chance(long seed, long index) {
        this.random = new Random(mix(seed * 0x9E3779B97F4A7C15L + mix(index)));
        this.noise = random.nextLong();
    }

    /** Returns a value in [low, high). */
    double between(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /** Returns a whole number from low to high, both included. */
    int wholeBetween(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    /** Returns true with the given probability. */
    boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    /** Returns one of the choices. */
    <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Returns a bell-shaped value of mean 0 and deviation 1: the sum of four uniform ones, cheap enough for pixels. */
    float grain() {
        noise += 0x9E3779B97F4A7C15L;
        long bits = mix(noise);
        int sum = (int) (bits & 0xFFFF)
                + (int) (bits >>> 16 & 0xFFFF)
                + (int) (bits >>> 32 & 0xFFFF)
                + (int) (bits >>> 48 & 0xFFFF);
        return (sum - 2 * 65535) * (1.7320508f / 65536f);
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
