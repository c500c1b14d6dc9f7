package dev.convoke.data;

/** Keyed orders: the same size and key give the same order everywhere. */
public final class Permutation {

    private Permutation() {}

    /**
     * Returns the numbers from 0 to {@code size - 1}, each once, in an order that is a pure function of size and key.
     *
     * @param size at least 0
     * @param key mixed by {@link Keys}, for example from seed and epoch
     * @return a new array, owned by the caller
     */
    public static int[] of(int size, long key) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int place = Keys.below(i + 1, Keys.mix(key, i));
            order[i] = order[place];
            order[place] = i;
        }
        return order;
    }
}
