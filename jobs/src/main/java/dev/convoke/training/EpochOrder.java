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
    private final List<Integer> sizes;
    private final int[] groups;
    /** The first place of each group of the order, and at the end the number of examples. */
    private final long[] firstPlaces;
    /** The first ordinal of each group of the manifest. */
    private final long[] firstOrdinals;

    EpochOrder(List<Integer> sizes, long seed, int epoch) {
        this.seed = seed;
        this.epoch = epoch;
        this.sizes = List.copyOf(sizes);
        this.groups = Permutation.of(sizes.size(), Keys.mix(seed, Randomness.GROUPS, epoch));
        this.firstPlaces = new long[groups.length + 1];
        this.firstOrdinals = new long[groups.length + 1];
        for (int i = 0; i < groups.length; i++) {
            firstPlaces[i + 1] = firstPlaces[i] + sizes.get(groups[i]);
            firstOrdinals[i + 1] = firstOrdinals[i] + sizes.get(i);
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
        int group = groups[turn];
        return Permutation.of(sizes.get(group), Keys.mix(seed, Randomness.ROWS, epoch, group));
    }

    /** Returns an example's number in the manifest: its identity for everything keyed by example. */
    long ordinal(int turn, int row) {
        return firstOrdinals[groups[turn]] + row;
    }
}
