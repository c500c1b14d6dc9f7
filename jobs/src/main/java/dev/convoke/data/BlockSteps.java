package dev.convoke.data;

/**
 * What the next bits of a baseline JPEG's block say, as many coefficients at a time as they hold whole: a walk that
 * goes by these takes half as many steps as one that goes from code word to code word. Immutable.
 */
final class BlockSteps {

    /** How many bits are looked at: the table for so many fits the first-level cache beside the file. */
    static final int LOOK = 12;

    private static final int ENDS = 1 << 31;

    /** For each pattern its step, or 0 if the bits hold no whole coefficient. */
    private final int[] steps = new int[1 << LOOK];

    /** Works out the steps of all patterns. */
    BlockSteps(HuffmanTable table) {
        for (int pattern = 0; pattern < steps.length; pattern++) {
            steps[pattern] = step(table, pattern);
        }
    }

    private static int step(HuffmanTable table, int pattern) {
        int used = 0;
        int advance = 0;
        int largest = 0;
        while (used < LOOK) {
            int word = table.shortWord(pattern << used & (1 << LOOK) - 1, LOOK);
            int symbol = word & 0xFF;
            int category = symbol & 0xF;
            int whole = (word >> 8) + category;
            boolean isZeros = category == 0;
            if (word == 0 || used + whole > LOOK || (isZeros && symbol != 0 && symbol != 0xF0)) {
                break;
            }
            used += whole;
            if (symbol == 0) {
                return ENDS | largest << 16 | (advance + 1) << 8 | used;
            }
            advance += (symbol >> 4) + 1;
            largest = Math.max(largest, category);
        }
        return largest << 16 | advance << 8 | used;
    }

    /** Returns the step for the next {@link #LOOK} bits; 0 if one has to look closer. */
    int at(int next) {
        return steps[next];
    }

    /** Returns how many bits a step takes. */
    static int bits(int step) {
        return step & 0xFF;
    }

    /** Returns how many coefficients a step passes; the end of a block counts as one. */
    static int advance(int step) {
        return step >> 8 & 0xFF;
    }

    /** Returns the largest category among a step's coefficients. */
    static int largestCategory(int step) {
        return step >> 16 & 0xF;
    }

    /** Returns whether a step ends its block. */
    static boolean ends(int step) {
        return step < 0;
    }
}
