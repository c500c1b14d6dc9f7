package dev.convoke.evaluation;

/**
 * How often each class was taken for each other. Counts only, so matrices merge in any order to the same matrix. Not
 * thread-safe.
 */
public final class ConfusionMatrix {

    private final int classes;
    private final long[] counts;

    /** Starts with no example. */
    public ConfusionMatrix(int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException("A confusion matrix needs at least one class, got " + classes);
        }
        this.classes = classes;
        this.counts = new long[Math.multiplyExact(classes, classes)];
    }

    /** Returns how many classes it tells apart. */
    public int classes() {
        return classes;
    }

    /** Counts one example of class {@code actual} that was taken for class {@code predicted}. */
    public void add(int actual, int predicted) {
        add(actual, predicted, 1);
    }

    /** Counts several examples of class {@code actual} that were taken for class {@code predicted}. */
    public void add(int actual, int predicted, long examples) {
        counts[index(actual, predicted)] += examples;
    }

    /** Adds another matrix's counts to these. */
    public void merge(ConfusionMatrix other) {
        if (other.classes != classes) {
            throw new IllegalArgumentException(
                    "Matrices of " + classes + " and " + other.classes + " classes cannot be merged");
        }
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    /** Returns how many examples of class {@code actual} were taken for class {@code predicted}. */
    public long count(int actual, int predicted) {
        return counts[index(actual, predicted)];
    }

    /** Returns how many examples there are. */
    public long examples() {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    /** Returns how many examples were taken for what they are. */
    public long correct() {
        long sum = 0;
        for (int label = 0; label < classes; label++) {
            sum += count(label, label);
        }
        return sum;
    }

    /** Returns how many examples a class has. */
    public long support(int label) {
        long sum = 0;
        for (int predicted = 0; predicted < classes; predicted++) {
            sum += count(label, predicted);
        }
        return sum;
    }

    /** Returns how many examples were taken for a class. */
    public long predictions(int label) {
        long sum = 0;
        for (int actual = 0; actual < classes; actual++) {
            sum += count(actual, label);
        }
        return sum;
    }

    /** Returns the share of a class's predictions that were right; NaN if it was never predicted. */
    public double precision(int label) {
        return (double) count(label, label) / predictions(label);
    }

    /** Returns the share of a class's examples that were recognised; NaN if it has no example. */
    public double recall(int label) {
        return (double) count(label, label) / support(label);
    }

    private int index(int actual, int predicted) {
        if (actual < 0 || actual >= classes || predicted < 0 || predicted >= classes) {
            throw new IllegalArgumentException(
                    "Classes are counted from 0 to " + (classes - 1) + ", got " + actual + " taken for " + predicted);
        }
        return actual * classes + predicted;
    }
}
