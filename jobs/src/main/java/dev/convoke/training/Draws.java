package dev.convoke.training;

import dev.convoke.data.Keys;
import dev.convoke.data.Permutation;
import dev.convoke.shard.ExampleGroups;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which rows of each group an epoch uses, and how often. Immutable; a pure function of groups, seed and epoch. */
final class Draws {

    private final List<Integer> sizes;
    /** For each group how often each of its rows is used; empty if every row is used once. */
    private final List<int[]> repeats;

    private Draws(List<Integer> sizes, List<int[]> repeats) {
        this.sizes = sizes;
        this.repeats = repeats;
    }

    /** Returns the draws in which every row of every group is used once. */
    static Draws all(List<Integer> sizes) {
        return new Draws(List.copyOf(sizes), List.of());
    }

    /** Returns the draws of an epoch. */
    static Draws of(ExampleGroups groups, FeedSettings.Sampling sampling, long seed, int epoch) {
        return sampling == FeedSettings.Sampling.UNIFORM ? all(groups.sizes()) : balanced(groups, seed, epoch);
    }

    /**
     * As many examples as there are, equally many of each class that has any: each example of a class as often as the
     * class's share allows, and a keyed choice of them once more.
     */
    private static Draws balanced(ExampleGroups groups, long seed, int epoch) {
        List<int[]> labels = new ArrayList<>();
        int[] counts = {};
        long examples = 0;
        for (int group = 0; group < groups.sizes().size(); group++) {
            int[] some = groups.labels(group);
            for (int label : some) {
                counts = label < counts.length ? counts : Arrays.copyOf(counts, label + 1);
                counts[label]++;
            }
            examples += some.length;
            labels.add(some);
        }
        int[][] ranks = new int[counts.length][];
        long[] shares = shares(counts, examples);
        for (int label = 0; label < counts.length; label++) {
            ranks[label] = Permutation.of(counts[label], Keys.mix(seed, Randomness.SAMPLING, epoch, label));
        }
        int[] seen = new int[counts.length];
        List<int[]> repeats = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (int[] some : labels) {
            int[] often = new int[some.length];
            int total = 0;
            for (int row = 0; row < some.length; row++) {
                int label = some[row];
                long share = shares[label];
                boolean chosen = ranks[label][seen[label]++] < share % counts[label];
                often[row] = Math.toIntExact(share / counts[label] + (chosen ? 1 : 0));
                total += often[row];
            }
            repeats.add(often);
            sizes.add(total);
        }
        return new Draws(List.copyOf(sizes), repeats);
    }

    private static long[] shares(int[] counts, long examples) {
        long classes = Arrays.stream(counts).filter(count -> count > 0).count();
        long[] shares = new long[counts.length];
        long before = 0;
        long number = 0;
        for (int label = 0; label < counts.length; label++) {
            if (counts[label] > 0) {
                number++;
                long end = Math.multiplyExact(examples, number) / classes;
                shares[label] = end - before;
                before = end;
            }
        }
        return shares;
    }

    /** Returns how many examples of each group are used, repeats counted. */
    List<Integer> sizes() {
        return sizes;
    }

    /** Returns the row of a group behind each of its draws. */
    int[] rows(int group) {
        int[] rows = new int[sizes.get(group)];
        fill(group, rows, new int[rows.length]);
        return rows;
    }

    /** Returns for each draw of a group how often its row was drawn before in this epoch. */
    int[] copies(int group) {
        int[] copies = new int[sizes.get(group)];
        fill(group, new int[copies.length], copies);
        return copies;
    }

    private void fill(int group, int[] rows, int[] copies) {
        int at = 0;
        for (int row = 0; at < rows.length; row++) {
            int often = repeats.isEmpty() ? 1 : repeats.get(group)[row];
            for (int copy = 0; copy < often; copy++, at++) {
                rows[at] = row;
                copies[at] = copy;
            }
        }
    }
}
