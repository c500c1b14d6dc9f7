package dev.convoke.training;

import dev.convoke.training.Averaging.OuterOptimizer;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Averages one slice of the state over the workers: weighted by examples, summed in double in worker order, rounded
 * once to float32. Batch-norm statistics become those of the pooled examples: the mean of the means, and the mean of
 * the variances plus the variance of the means. Identical inputs average to themselves exactly. Not thread-safe: it
 * owns its scratch space; the result does not depend on what was averaged before.
 */
public final class SliceAverager {

    /** Values worked on at a time: the scratch space stays in the processor's cache. */
    private static final int TILE = 4096;

    private final StateVector vector;
    private final Averaging averaging;
    private final double[] sums = new double[TILE];
    private final float[] tile = new float[TILE];
    private final float[] result = new float[TILE];

    /**
     * One worker's slice after its steps.
     *
     * @param examples how many it trained: its weight; a worker with none is left out
     * @param values the slice, from index 0 on; read by absolute index
     */
    public record Contribution(long examples, FloatBuffer values) {}

    /**
     * The outer optimizer's side of a slice.
     *
     * @param previous the parameters before the round
     * @param momentum the outer momentum before the round; read
     * @param newMomentum receives the outer momentum after the round
     */
    public record Outer(FloatBuffer previous, FloatBuffer momentum, FloatBuffer newMomentum) {}

    /**
     * How far apart the workers were, over the trainable parameters of a slice. Sums, so that slices add up.
     *
     * @param squaredDistance mean over the examples of the squared distance between their worker and the average
     * @param squaredNorm of the average; not finite if any value is not
     */
    public record Spread(double squaredDistance, double squaredNorm) implements Serializable {

        /** Nothing apart. */
        public static final Spread NONE = new Spread(0, 0);

        /** Returns the sum with another slice's. */
        public Spread plus(Spread other) {
            return new Spread(squaredDistance + other.squaredDistance, squaredNorm + other.squaredNorm);
        }

        /** Returns the root-mean-square distance relative to the norm of the average; 0 for a zero average. */
        public double divergence() {
            return squaredNorm == 0 ? 0 : Math.sqrt(squaredDistance / squaredNorm);
        }
    }

    /** Makes an averager for a run's state. */
    public SliceAverager(StateVector vector, Averaging averaging) {
        this.vector = vector;
        this.averaging = averaging;
    }

    /**
     * Averages a slice without an outer optimizer.
     *
     * @param workers in worker order; at least one with examples
     * @param target receives the average, from index 0 on, by absolute index
     */
    public Spread average(Slice slice, List<Contribution> workers, FloatBuffer target) {
        List<Contribution> weighing =
                workers.stream().filter(worker -> worker.examples > 0).toList();
        if (weighing.isEmpty()) {
            throw new IllegalArgumentException("No worker trained an example: there is nothing to average");
        }
        if (!vector.travels(slice)) {
            zero(slice.length(), target);
            return Spread.NONE;
        }
        double total = weighing.stream().mapToLong(Contribution::examples).sum();
        Spread spread = Spread.NONE;
        int from = 0;
        for (StateVector.Statistics statistics : vector.statisticsIn(slice)) {
            spread = spread.plus(plain(from, statistics.mean() - slice.offset(), weighing, total, target));
            pooled(statistics, slice, weighing, target);
            from = statistics.end() - slice.offset();
        }
        spread = spread.plus(plain(from, slice.length(), weighing, total, target));
        return vector.isParameters(slice) ? spread : Spread.NONE;
    }

    /** Applies the outer optimizer to an averaged parameter slice, in place; batch-norm statistics stay as they are. */
    public void applyOuter(Slice slice, FloatBuffer target, Outer outer) {
        int from = 0;
        for (StateVector.Statistics statistics : vector.statisticsIn(slice)) {
            accelerate(from, statistics.mean() - slice.offset(), target, outer);
            from = statistics.end() - slice.offset();
            for (int i = statistics.mean() - slice.offset(); i < from; i++) {
                outer.newMomentum.put(i, 0f);
            }
        }
        accelerate(from, slice.length(), target, outer);
    }

    private Spread plain(int from, int to, List<Contribution> workers, double total, FloatBuffer target) {
        double squaredDistance = 0;
        double squaredNorm = 0;
        for (int start = from; start < to; start += TILE) {
            int length = Math.min(TILE, to - start);
            Arrays.fill(sums, 0, length, 0.0);
            for (Contribution worker : workers) {
                worker.values.get(start, tile, 0, length);
                addWeighted((double) worker.examples, length);
            }
            for (int i = 0; i < length; i++) {
                result[i] = (float) (sums[i] / total);
            }
            target.put(start, result, 0, length);
            squaredNorm += squaredNorm(length);
            if (workers.size() > 1) {
                for (Contribution worker : workers) {
                    worker.values.get(start, tile, 0, length);
                    squaredDistance += worker.examples / total * squaredDistance(length);
                }
            }
        }
        return new Spread(squaredDistance, squaredNorm);
    }

    private void addWeighted(double weight, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += weight * tile[i];
        }
    }

    /** Four sums, so that one addition need not wait for the one before. */
    private double squaredDistance(int length) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < length; i += 4) {
            a += square(tile[i] - result[i]);
            b += square(tile[i + 1] - result[i + 1]);
            c += square(tile[i + 2] - result[i + 2]);
            d += square(tile[i + 3] - result[i + 3]);
        }
        for (; i < length; i++) {
            a += square(tile[i] - result[i]);
        }
        return a + b + (c + d);
    }

    private double squaredNorm(int length) {
        double even = 0;
        double odd = 0;
        int i = 0;
        for (; i + 1 < length; i += 2) {
            even += square(result[i]);
            odd += square(result[i + 1]);
        }
        if (i < length) {
            even += square(result[i]);
        }
        return even + odd;
    }

    private static double square(double value) {
        return value * value;
    }

    private static void pooled(
            StateVector.Statistics statistics, Slice slice, List<Contribution> workers, FloatBuffer target) {
        double total = workers.stream().mapToLong(Contribution::examples).sum();
        for (int i = 0; i < statistics.length(); i++) {
            int at = statistics.mean() - slice.offset() + i;
            int varianceAt = statistics.variance() - slice.offset() + i;
            double mean = 0;
            double variance = 0;
            for (Contribution worker : workers) {
                mean += worker.examples * (double) worker.values.get(at);
                variance += worker.examples * (double) worker.values.get(varianceAt);
            }
            mean /= total;
            double between = 0;
            for (Contribution worker : workers) {
                between += worker.examples * square(worker.values.get(at) - mean);
            }
            target.put(at, (float) mean);
            target.put(varianceAt, (float) ((variance + between) / total));
        }
    }

    private void accelerate(int from, int to, FloatBuffer target, Outer outer) {
        OuterOptimizer settings = averaging.outer();
        for (int i = from; i < to; i++) {
            double before = outer.previous.get(i);
            double change = before - target.get(i);
            double momentum = settings.momentum() * outer.momentum.get(i) + change;
            outer.newMomentum.put(i, (float) momentum);
            target.put(i, (float) (before - settings.rate() * (change + settings.momentum() * momentum)));
        }
    }

    private static void zero(int length, FloatBuffer target) {
        for (int i = 0; i < length; i++) {
            target.put(i, 0f);
        }
    }
}
