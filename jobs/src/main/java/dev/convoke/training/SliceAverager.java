package dev.convoke.training;

import static dev.convoke.training.Acceptance.allFinite;

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
 *
 * <p>Its loops do one simple thing each to arrays, because the compiler makes vector instructions of such loops only.
 */
public final class SliceAverager {

    /** Values of one worker that are worked on at a time: for a few workers, all stay in the first cache. */
    private static final int LARGEST_TILE = 1024;

    private static final int SMALLEST_TILE = 256;

    /** Values of all workers that are worked on at a time: 256 KB stay in the second cache. */
    private static final int ALL_TILES = 1 << 16;

    private final StateVector vector;
    private final Averaging averaging;
    private final double[] wide = new double[LARGEST_TILE];
    private final double[] sums = new double[LARGEST_TILE];
    private final float[] result = new float[LARGEST_TILE];
    private final float[] squaredDistances = new float[LARGEST_TILE];
    private final float[] squaredNorms = new float[LARGEST_TILE];
    private float[][] tiles = new float[0][];

    /** Float32 values that are read once, from front to back. */
    public interface Values {

        /** Reads the next {@code length} values into {@code target}, from index 0 on. */
        void read(float[] target, int length);

        /** Returns the values of a buffer from its position on; the buffer itself stays as it is. */
        static Values of(FloatBuffer buffer) {
            FloatBuffer view = buffer.duplicate();
            return (target, length) -> view.get(target, 0, length);
        }
    }

    /**
     * One worker's slice after its steps.
     *
     * @param worker for messages
     * @param examples how many it trained: its weight; a worker with none is left out, and its values are not read
     * @param values the slice
     */
    public record Contribution(int worker, long examples, Values values) {}

    /**
     * The outer optimizer's side of a slice.
     *
     * @param previous the parameters before the round
     * @param momentum the outer momentum before the round
     * @param newMomentum receives the outer momentum after the round, by absolute index
     */
    public record Outer(Values previous, Values momentum, FloatBuffer newMomentum) {}

    /**
     * How far apart the workers were, over the trainable parameters of a slice. Sums, so that slices add up. In
     * float32: not finite where a value or a distance is beyond 1e19.
     *
     * @param squaredDistance mean over the examples of the squared distance between their worker and the average
     * @param squaredNorm of the average
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

    /** What is being averaged. */
    private record Work(Round round, Slice slice, List<Contribution> workers, long examples, FloatBuffer target) {}

    /** Makes an averager for a run's state. */
    public SliceAverager(StateVector vector, Averaging averaging) {
        this.vector = vector;
        this.averaging = averaging;
    }

    /**
     * Averages a slice without an outer optimizer.
     *
     * @param round after which this is, for messages
     * @param workers in worker order; at least one with examples
     * @param target receives the average, from index 0 on, by absolute index
     * @throws TrainingDivergedException if a worker's value is not finite, or a pooled variance
     */
    public Spread average(Round round, Slice slice, List<Contribution> workers, FloatBuffer target) {
        List<Contribution> weighing =
                workers.stream().filter(worker -> worker.examples > 0).toList();
        if (weighing.isEmpty()) {
            throw new IllegalArgumentException("No worker trained an example: there is nothing to average");
        }
        if (!vector.travels(slice)) {
            zero(slice.length(), target);
            return Spread.NONE;
        }
        long examples = weighing.stream().mapToLong(Contribution::examples).sum();
        Work work = new Work(round, slice, weighing, examples, target);
        makeTiles(weighing.size());
        Arrays.fill(squaredDistances, 0f);
        Arrays.fill(squaredNorms, 0f);
        int from = 0;
        for (StateVector.Statistics statistics : vector.statisticsIn(slice)) {
            plain(work, from, statistics.mean() - slice.offset());
            pooled(work, statistics);
            from = statistics.end() - slice.offset();
        }
        plain(work, from, slice.length());
        return vector.isParameters(slice) ? new Spread(sum(squaredDistances), sum(squaredNorms)) : Spread.NONE;
    }

    /** Applies the outer optimizer to an averaged parameter slice, in place; batch-norm statistics stay as they are. */
    public void applyOuter(Slice slice, FloatBuffer target, Outer outer) {
        makeTiles(2);
        int from = 0;
        for (StateVector.Statistics statistics : vector.statisticsIn(slice)) {
            accelerate(from, statistics.mean() - slice.offset(), target, outer);
            from = statistics.end() - slice.offset();
            skip(2 * statistics.length(), outer);
            for (int i = statistics.mean() - slice.offset(); i < from; i++) {
                outer.newMomentum.put(i, 0f);
            }
        }
        accelerate(from, slice.length(), target, outer);
    }

    private void makeTiles(int count) {
        int length = Math.max(SMALLEST_TILE, Math.min(LARGEST_TILE, ALL_TILES / count));
        if (tiles.length != count) {
            tiles = new float[count][length];
        }
    }

    private void plain(Work work, int from, int to) {
        boolean measured = vector.isParameters(work.slice);
        for (int start = from; start < to; start += tiles[0].length) {
            int length = Math.min(tiles[0].length, to - start);
            for (int i = 0; i < tiles.length; i++) {
                work.workers.get(i).values.read(tiles[i], length);
            }
            if (!average(work, length)) {
                throw notFinite(work, start, length);
            }
            work.target.put(start, result, 0, length);
            if (measured) {
                measure(work, length);
            }
        }
    }

    /** Averages the tiles; returns whether the result is finite. */
    private boolean average(Work work, int length) {
        if (tiles.length == 1) {
            System.arraycopy(tiles[0], 0, result, 0, length);
            return allFinite(result, length);
        }
        for (int i = 0; i < tiles.length; i++) {
            double weight = (double) work.workers.get(i).examples;
            widen(tiles[i], length);
            if (i == 0) {
                setWeighted(weight, length);
            } else {
                addWeighted(weight, length);
            }
        }
        divide((double) work.examples, length);
        return allFinite(result, length);
    }

    /** Apart from the sums: Java 17 has no vector instruction for this, and makes none of a loop that has it in it. */
    private void widen(float[] values, int length) {
        for (int i = 0; i < length; i++) {
            wide[i] = values[i];
        }
    }

    private void setWeighted(double weight, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] = weight * wide[i];
        }
    }

    private void addWeighted(double weight, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += weight * wide[i];
        }
    }

    /** A power of two, as most numbers of examples are, has a reciprocal that gives the same bits in less time. */
    private void divide(double total, int length) {
        if (Long.bitCount((long) total) == 1) {
            double reciprocal = 1 / total;
            for (int i = 0; i < length; i++) {
                sums[i] *= reciprocal;
            }
        } else {
            for (int i = 0; i < length; i++) {
                sums[i] /= total;
            }
        }
        for (int i = 0; i < length; i++) {
            result[i] = (float) sums[i];
        }
    }

    private void measure(Work work, int length) {
        for (int i = 0; i < length; i++) {
            squaredNorms[i] += result[i] * result[i];
        }
        if (tiles.length > 1) {
            for (int i = 0; i < tiles.length; i++) {
                addDistances((float) (work.workers.get(i).examples / (double) work.examples), tiles[i], length);
            }
        }
    }

    private void addDistances(float weight, float[] values, int length) {
        for (int i = 0; i < length; i++) {
            float distance = values[i] - result[i];
            squaredDistances[i] += weight * (distance * distance);
        }
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    private void pooled(Work work, StateVector.Statistics statistics) {
        int length = statistics.length();
        int at = statistics.mean() - work.slice.offset();
        float[][] both = new float[work.workers.size()][2 * length];
        for (int i = 0; i < both.length; i++) {
            work.workers.get(i).values.read(both[i], 2 * length);
            if (!allFinite(both[i], 2 * length)) {
                throw Acceptance.notFinite(
                        work.round,
                        work.workers.get(i).worker,
                        statistics.mean() + Acceptance.firstNotFinite(both[i], 2 * length));
            }
        }
        for (int i = 0; i < length; i++) {
            double mean = 0;
            double variance = 0;
            for (int k = 0; k < both.length; k++) {
                mean += work.workers.get(k).examples * (double) both[k][i];
                variance += work.workers.get(k).examples * (double) both[k][length + i];
            }
            mean /= work.examples;
            double between = 0;
            for (int k = 0; k < both.length; k++) {
                between += work.workers.get(k).examples * square(both[k][i] - mean);
            }
            work.target.put(at + i, (float) mean);
            float pooled = (float) ((variance + between) / work.examples);
            if (!Float.isFinite(pooled)) {
                // Of finite values: the means may be so far apart.
                throw Acceptance.averageNotFinite(
                        "The average over the workers", work.round, statistics.variance() + i);
            }
            work.target.put(at + length + i, pooled);
        }
    }

    private TrainingDivergedException notFinite(Work work, int start, int length) {
        for (int i = 0; i < tiles.length; i++) {
            int at = Acceptance.firstNotFinite(tiles[i], length);
            if (at < length) {
                return Acceptance.notFinite(work.round, work.workers.get(i).worker, work.slice.offset() + start + at);
            }
        }
        throw new IllegalStateException("The average of finite values is not finite: " + work.slice);
    }

    private static double square(double value) {
        return value * value;
    }

    private void accelerate(int from, int to, FloatBuffer target, Outer outer) {
        OuterOptimizer settings = averaging.outer();
        float[] previous = tiles[0];
        float[] momenta = tiles[1];
        for (int start = from; start < to; start += previous.length) {
            int length = Math.min(previous.length, to - start);
            outer.previous.read(previous, length);
            outer.momentum.read(momenta, length);
            target.get(start, result, 0, length);
            for (int i = 0; i < length; i++) {
                double before = previous[i];
                double change = before - result[i];
                double momentum = settings.momentum() * momenta[i] + change;
                momenta[i] = (float) momentum;
                result[i] = (float) (before - settings.rate() * (change + settings.momentum() * momentum));
            }
            outer.newMomentum.put(start, momenta, 0, length);
            target.put(start, result, 0, length);
        }
    }

    private void skip(int values, Outer outer) {
        for (int start = 0; start < values; start += tiles[0].length) {
            int length = Math.min(tiles[0].length, values - start);
            outer.previous.read(tiles[0], length);
            outer.momentum.read(tiles[1], length);
        }
    }

    private static void zero(int length, FloatBuffer target) {
        for (int i = 0; i < length; i++) {
            target.put(i, 0f);
        }
    }
}
