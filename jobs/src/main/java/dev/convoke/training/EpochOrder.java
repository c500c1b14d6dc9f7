package dev.convoke.training;

import dev.convoke.data.Keys;
import dev.convoke.data.Permutation;
import java.util.Arrays;
import java.util.List;

/**
 * The order in which an epoch uses the examples: the groups in a keyed order, and the rows of each group in a keyed
 * order. A pure function of the groups' sizes, the seed and the epoch; it does not know workers. Immutable.
 */
final class EpochOrder {

    private final long seed;
    private final int epoch;
    private final Draws draws;
    private final int[] groups;
    /** The first place of each group of the order, and at the end the number of examples. */
    private final long[] firstPlaces;
    /** The first ordinal of each group of the manifest. */
    private final long[] firstOrdinals;

    EpochOrder(List<Integer> sizes, long seed, int epoch) {
        this(sizes, Draws.all(sizes), seed, epoch);
    }

    EpochOrder(List<Integer> stored, Draws draws, long seed, int epoch) {
        this.seed = seed;
        this.epoch = epoch;
        this.draws = draws;
        List<Integer> sizes = draws.sizes();
        this.groups = Permutation.of(sizes.size(), Keys.mix(seed, Randomness.GROUPS, epoch));
        this.firstPlaces = new long[groups.length + 1];
        this.firstOrdinals = new long[groups.length + 1];
        for (int i = 0; i < groups.length; i++) {
            firstPlaces[i + 1] = firstPlaces[i] + sizes.get(groups[i]);
            firstOrdinals[i + 1] = firstOrdinals[i] + stored.get(i);
        }
    }

    /** Returns how many groups the order has. */
    int groupCount() {
        return groups.length;
    }

    /** Returns how many examples the order has. */
    long examples() {
        return firstPlaces[groups.length];
    }

    /** Returns which group of the order (not of the manifest) holds a place. */
    int turnOf(long place) {
        int found = Arrays.binarySearch(firstPlaces, place);
        if (found < 0) {
            return -found - 2;
        }
        // Empty groups share their first place with the next one: the last of them holds the example.
        while (firstPlaces[found + 1] == place) {
            found++;
        }
        return found;
    }

    /** Returns the manifest's index of the group whose turn it is. */
    int group(int turn) {
        return groups[turn];
    }

    /** Returns the first place of the group whose turn it is; one more than the last turn ends the order. */
    long firstPlace(int turn) {
        return firstPlaces[turn];
    }

    /** Returns the rows of the group whose turn it is, in the order in which they are used. */
    int[] rows(int turn) {
        return mixed(turn, draws.rows(groups[turn]));
    }

    /** Returns how often each of {@link #rows} was drawn before in this epoch, in the same order. */
    int[] copies(int turn) {
        return mixed(turn, draws.copies(groups[turn]));
    }

    private int[] mixed(int turn, int[] values) {
        int[] order = Permutation.of(values.length, Keys.mix(seed, Randomness.ROWS, epoch, groups[turn]));
        int[] mixed = new int[values.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = values[order[i]];
        }
        return mixed;
    }

    /** Returns an example's number in the manifest: its identity for everything keyed by example. */
    long ordinal(int turn, int row) {
        return firstOrdinals[groups[turn]] + row;
    }
}
