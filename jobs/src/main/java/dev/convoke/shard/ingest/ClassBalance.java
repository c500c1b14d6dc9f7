package dev.convoke.shard.ingest;

import java.util.List;

/**
 * How evenly examples are spread over classes.
 *
 * @param perClass number of examples by label
 */
public record ClassBalance(List<Long> perClass) {

    /** Copies the list. */
    public ClassBalance {
        perClass = List.copyOf(perClass);
    }

    /** Returns how many times as many examples the largest class has as the smallest that has any; 1 if even. */
    public double ratio() {
        long largest = perClass.stream().mapToLong(Long::longValue).max().orElse(0);
        long smallest = perClass.stream()
                .mapToLong(Long::longValue)
                .filter(count -> count > 0)
                .min()
                .orElse(1);
        return Math.max(1, (double) largest / smallest);
    }

    /**
     * Returns the weight at which a class counts as much as any other: examples by classes by the class's own examples;
     * 1 for one that has none.
     */
    public double weight(int label) {
        long examples = perClass.stream().mapToLong(Long::longValue).sum();
        long filled = perClass.stream().filter(count -> count > 0).count();
        long own = perClass.get(label);
        return own == 0 ? 1 : (double) examples / filled / own;
    }
}
