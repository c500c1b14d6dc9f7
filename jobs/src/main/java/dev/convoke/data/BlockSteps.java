package dev.convoke.data;

/**
 * What the next bits of a baseline JPEG's block say, as many coefficients at a time as their code words are seen whole:
 * a walk that goes by these takes less than half as many steps as one that goes from code word to code word. Immutable.
 */
final class BlockSteps {

    /** How many bits are looked at: two tables for so many fit the first-level cache beside the file. */
    static final int LOOK = 13;

    private static final int COEFFICIENTS = 64;

    // A step, from its lowest bit on: bits it takes, coefficients it passes, their largest category, whether it ends.
    private static final int ADVANCE = 5;
    private static final int LARGEST = 11;
    private static final int ENDS = 1 << 15;

    /** Most bits a step takes: a code word whose last bit is the last seen, and its value. */
    private static final int MOST_BITS = LOOK + 15;

    /** No step: a category that no coefficient of eight-bit pixels has. */
    private static final char NONE = 15 << LARGEST;

    /** For each pattern its step. */
    private final char[] steps = new char[1 << LOOK];

    /** Works out the steps of all patterns. */
    BlockSteps(HuffmanTable table) {
        for (int pattern = 0; pattern < steps.length; pattern++) {
            steps[pattern] = step(table, pattern);
        }
    }

    private static char step(HuffmanTable table, int pattern) {
        int used = 0;
        int advance = 0;
        int largest = 0;
        while (used < LOOK) {
            int word = table.shortWord(pattern << used & (1 << LOOK) - 1, LOOK);
            int symbol = word & 0xFF;
            int category = symbol & 0xF;
            int passes = symbol == 0 ? 1 : (symbol >> 4) + 1;
            boolean isSense = category != 0 || symbol == 0 || symbol == 0xF0;
            if (word == 0 || used + (word >> 8) > LOOK || !isSense || advance + passes >= COEFFICIENTS) {
                break;
            }
            used += (word >> 8) + category; // the value's own bits need not be seen
            advance += passes;
            largest = Math.max(largest, category);
            if (symbol == 0) {
                return (char) (ENDS | largest << LARGEST | advance << ADVANCE | used);
            }
        }
        return used == 0 ? NONE : (char) (largest << LARGEST | advance << ADVANCE | used);
    }

    /**
     * Passes coefficients as long as steps say all about them that there is to check.
     *
     * @param bits taken as the steps go
     * @param limits for each coefficient the smallest of the largest categories from there on, 14 at most
     * @param from coefficient to begin with, below 64
     * @return the coefficient to be looked at by itself, or 64 at the block's end
     */
    int follow(EntropyBits bits, byte[] limits, int from) {
        int k = from;
        while (k < COEFFICIENTS) {
            bits.fill();
            // Two steps a fill, whatever they take: a processor cannot guess when a fill is due, and loses more by
            // that.
            if (bits.available() < 2 * MOST_BITS) {
                return k;
            }
            long next = bits.buffer();
            int step = at(next);
            if (!fits(step, k, limits)) {
                return k;
            }
            k = after(step, k);
            int taken = step & 31;
            if (k < COEFFICIENTS) {
                step = at(next << taken);
                if (!fits(step, k, limits)) {
                    bits.skip(taken);
                    return k;
                }
                k = after(step, k);
                taken += step & 31;
            }
            bits.skip(taken);
        }
        return k;
    }

    private int at(long next) {
        return steps[(int) (next >>> (Long.SIZE - LOOK))];
    }

    /** Returns whether a step's coefficients would pass one by one as well. */
    private static boolean fits(int step, int k, byte[] limits) {
        int room = COEFFICIENTS - k - (step >> ADVANCE & 63);
        int spare = limits[k] - (step >> LARGEST & 15);
        return (room | spare) >= 0;
    }

    private static int after(int step, int k) {
        return step >= ENDS ? COEFFICIENTS : k + (step >> ADVANCE & 63);
    }
}
