package dev.convoke.registry.promotion;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What two models said about the same examples. Immutable.
 *
 * <p>The arrays are as long as there are examples: an example's own class, and what each model took it for; -1 for a
 * class that is none of the dataset's.
 */
public final class PairedOutcomes {

    private final int[] labels;
    private final int[] champion;
    private final int[] challenger;

    /** Copies the arrays. */
    public PairedOutcomes(int[] labels, int[] champion, int[] challenger) {
        if (labels.length != champion.length || labels.length != challenger.length) {
            throw new IllegalArgumentException("Both models must have seen the same examples: " + labels.length
                    + " labels, " + champion.length + " and " + challenger.length + " answers");
        }
        this.labels = labels.clone();
        this.champion = champion.clone();
        this.challenger = challenger.clone();
    }

    /** Returns how many examples both have seen. */
    public int examples() {
        return labels.length;
    }

    /** Returns the share the champion got right; NaN without examples. */
    public double championTop1() {
        return share(this::championRight);
    }

    /** Returns the share the challenger got right; NaN without examples. */
    public double challengerTop1() {
        return share(this::challengerRight);
    }

    /** Returns by how much the challenger is better; negative if it is worse. */
    public double gain() {
        return (double) (onlyChallenger() - onlyChampion()) / examples();
    }

    /** Returns how many examples only the champion got right. */
    public int onlyChampion() {
        return count(i -> championRight(i) && !challengerRight(i));
    }

    /** Returns how many examples only the challenger got right. */
    public int onlyChallenger() {
        return count(i -> challengerRight(i) && !championRight(i));
    }

    /** Returns how many classes there are up to the highest label. */
    public int classes() {
        return Arrays.stream(labels).max().orElse(-1) + 1;
    }

    /** Returns how many examples a class has. */
    public int support(int label) {
        return count(i -> labels[i] == label);
    }

    /** Returns the champion's recall of a class; NaN if it has no examples. */
    public double championRecall(int label) {
        return (double) count(i -> labels[i] == label && championRight(i)) / support(label);
    }

    /** Returns the challenger's recall of a class; NaN if it has no examples. */
    public double challengerRecall(int label) {
        return (double) count(i -> labels[i] == label && challengerRight(i)) / support(label);
    }

    /** Returns these with the parts of the two models exchanged. */
    public PairedOutcomes turned() {
        return new PairedOutcomes(labels, /* champion= */ challenger, /* challenger= */ champion);
    }

    /** Returns the examples of some places alone. */
    public PairedOutcomes where(IntPredicate place) {
        int[] kept = IntStream.range(0, labels.length).filter(place).toArray();
        return new PairedOutcomes(pick(labels, kept), pick(champion, kept), pick(challenger, kept));
    }

    private static int[] pick(int[] values, int[] places) {
        return Arrays.stream(places).map(place -> values[place]).toArray();
    }

    private boolean championRight(int place) {
        return champion[place] == labels[place];
    }

    private boolean challengerRight(int place) {
        return challenger[place] == labels[place];
    }

    private int count(IntPredicate place) {
        return (int) IntStream.range(0, labels.length).filter(place).count();
    }

    private double share(IntPredicate right) {
        return (double) count(right) / labels.length;
    }
}
