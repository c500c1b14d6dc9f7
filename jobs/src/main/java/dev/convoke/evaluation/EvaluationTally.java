package dev.convoke.evaluation;

import dev.convoke.data.Example;
import dev.convoke.evaluation.PredictedExample.Guess;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * What an evaluation counts. Tallies of parts of a split merge in any order and any grouping to exactly the same tally:
 * everything is a whole number, the loss too, which is kept in units of 2<sup>-24</sup> nats. Not thread-safe.
 *
 * <p>An example is right at k if fewer than k classes come before its own, likelier ones first and of equally likely
 * ones the lower-numbered first: a network that cannot decide is not flattered. With five classes or fewer every
 * example is right at 5.
 */
public final class EvaluationTally {

    /** How many of the worst mistakes are kept. */
    public static final int WORST = 24;

    private static final int TOP = 5;
    private static final double LOSS_UNIT = 1.0 / (1 << 24);

    /** The rows of the evaluation whose order is known: the largest loss first. */
    private static final Comparator<PredictedExample> WORST_FIRST = Comparator.comparingDouble(PredictedExample::loss)
            .reversed()
            .thenComparing(PredictedExample::group)
            .thenComparing(PredictedExample::row);

    private static final Comparator<PredictedExample> BEST_FIRST = Comparator.comparingDouble(PredictedExample::loss)
            .thenComparing(PredictedExample::group)
            .thenComparing(PredictedExample::row);

    private final ConfusionMatrix confusion;
    private final ArrayList<PredictedExample> worst = new ArrayList<>();
    private final TreeMap<Integer, PredictedExample> best = new TreeMap<>();
    private long correctAtFive;
    private long lossUnits;

    /** Starts with no example. */
    public EvaluationTally(int classes) {
        this.confusion = new ConfusionMatrix(classes);
    }

    /**
     * Counts one example.
     *
     * @param example what was predicted; only its path and label are kept
     * @param group the group it stands in
     * @param row its place in the group
     * @param probabilities read absolutely: the probabilities of all classes, from {@code offset} on
     * @param offset index of the first probability
     * @throws EvaluationFailedException if a probability is not a number; names the example
     */
    public void add(Example example, int group, int row, FloatBuffer probabilities, int offset) {
        int label = example.label();
        if (label < 0 || label >= confusion.classes()) {
            throw new EvaluationFailedException("Example " + example.path() + " has label " + label
                    + ", but the network tells " + confusion.classes()
                    + " classes apart: evaluate with the dataset the run was trained on");
        }
        float own = probabilities.get(offset + label);
        int likelier = 0;
        for (int c = 0; c < confusion.classes(); c++) {
            float other = probabilities.get(offset + c);
            if (!Float.isFinite(other)) {
                throw new EvaluationFailedException("The network gives example " + example.path() + " the probability "
                        + other + " for class " + c + ": its parameters are damaged or it diverged");
            }
            if (other > own || (other == own && c < label)) {
                likelier++;
            }
        }
        double loss = -StrictMath.log(Math.max(own, Float.MIN_NORMAL));
        List<Guess> guesses = guesses(probabilities, offset);
        confusion.add(label, guesses.get(0).label());
        addSums(likelier < TOP ? 1 : 0, Math.round(loss / LOSS_UNIT));
        keep(new PredictedExample(example.path(), group, row, label, loss, guesses));
    }

    private List<Guess> guesses(FloatBuffer probabilities, int offset) {
        int count = Math.min(TOP, confusion.classes());
        int[] labels = new int[count];
        int filled = 0;
        for (int c = 0; c < confusion.classes(); c++) {
            float probability = probabilities.get(offset + c);
            int place = filled;
            while (place > 0 && probability > probabilities.get(offset + labels[place - 1])) {
                place--;
            }
            if (place < count) {
                filled = Math.min(count, filled + 1);
                System.arraycopy(labels, place, labels, place + 1, filled - 1 - place);
                labels[place] = c;
            }
        }
        List<Guess> guesses = new ArrayList<>(count);
        for (int label : labels) {
            guesses.add(new Guess(label, probabilities.get(offset + label)));
        }
        return guesses;
    }

    void keep(PredictedExample example) {
        if (example.correct()) {
            best.merge(example.label(), example, (old, fresh) -> BEST_FIRST.compare(old, fresh) <= 0 ? old : fresh);
        } else if (worst.size() < WORST || WORST_FIRST.compare(example, worst.get(WORST - 1)) < 0) {
            worst.add(example);
            worst.sort(WORST_FIRST);
            if (worst.size() > WORST) {
                worst.remove(WORST);
            }
        }
    }

    /** Adds what another tally counted of other examples of the same split. */
    public void merge(EvaluationTally other) {
        confusion.merge(other.confusion);
        addSums(other.correctAtFive, other.lossUnits);
        other.worst.forEach(this::keep);
        other.best.values().forEach(this::keep);
    }

    /**
     * Returns the tally as bytes for {@link #fromBytes}: to travel between processes of one version, not to be kept.
     */
    public byte[] toBytes() {
        return TallyBytes.write(this);
    }

    /** Returns the tally whose bytes these are. */
    public static EvaluationTally fromBytes(byte[] bytes) {
        return TallyBytes.read(bytes);
    }

    /** Takes over the sums that are not part of the matrix. */
    void addSums(long moreCorrectAtFive, long moreLossUnits) {
        correctAtFive += moreCorrectAtFive;
        lossUnits = Math.addExact(lossUnits, moreLossUnits);
    }

    /** Returns the sum of the losses in units of 2<sup>-24</sup> nats. */
    long lossUnits() {
        return lossUnits;
    }

    /** Returns how many examples were counted. */
    public long examples() {
        return confusion.examples();
    }

    /** Returns the sum of the examples' cross-entropies, in nats; a probability of 0 counts as 1.2e-38. */
    public double lossSum() {
        return lossUnits * LOSS_UNIT;
    }

    /** Returns the mean cross-entropy in nats; NaN without examples. */
    public double loss() {
        return lossSum() / examples();
    }

    /** Returns the share of examples whose likeliest class is their own; NaN without examples. */
    public double top1() {
        return (double) confusion.correct() / examples();
    }

    /** Returns the share of examples whose own class is among the five likeliest; NaN without examples. */
    public double top5() {
        return (double) correctAtFive / examples();
    }

    /** Returns how many examples were right at five. */
    public long correctAtFive() {
        return correctAtFive;
    }

    /** Returns the confusion matrix; read only. */
    public ConfusionMatrix confusion() {
        return confusion;
    }

    /** Returns the mistakes with the largest loss, worst first; at most {@link #WORST}. */
    public List<PredictedExample> worst() {
        return List.copyOf(worst);
    }

    /** Returns for each class its example that was recognised most surely, surest first; some classes may have none. */
    public List<PredictedExample> best() {
        return best.values().stream().sorted(BEST_FIRST).toList();
    }
}
