package dev.convoke.registry.promotion;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Pairs of models whose answers are made up, so that what a rule must say about them is known. */
final class Pairs {

    private final List<int[]> examples = new ArrayList<>();

    /** Adds examples of a class that both, one or none gets right. */
    Pairs add(int count, int label, boolean championRight, boolean challengerRight) {
        for (int i = 0; i < count; i++) {
            int wrong = label == 0 ? 1 : 0;
            examples.add(new int[] {label, championRight ? label : wrong, challengerRight ? label : wrong});
        }
        return this;
    }

    PairedOutcomes outcomes() {
        return new PairedOutcomes(column(0), column(1), column(2));
    }

    private int[] column(int index) {
        return examples.stream().mapToInt(example -> example[index]).toArray();
    }

    /** Both models get each example right with the same chance, independently: neither is better. */
    static PairedOutcomes equallyGood(long seed, int count, double top1) {
        SplittableRandom random = new SplittableRandom(seed);
        Pairs pairs = new Pairs();
        for (int i = 0; i < count; i++) {
            pairs.add(1, i % 10, random.nextDouble() < top1, random.nextDouble() < top1);
        }
        return pairs.outcomes();
    }
}
