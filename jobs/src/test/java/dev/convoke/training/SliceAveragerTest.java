package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.SliceAverager.Contribution;
import dev.convoke.training.SliceAverager.Outer;
import dev.convoke.training.SliceAverager.Spread;
import dev.convoke.training.SliceAverager.Values;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SliceAveragerTest {

    /** Weights 0-9, means 10-12, variances 13-15, weights 16-9999; updater state to 19999. */
    private static final StateLayout LAYOUT = new StateLayout(
            List.of(
                    new Segment("conv", "W", Kind.WEIGHT, 0, 10),
                    new Segment("norm", "mean", Kind.MEAN, 10, 3),
                    new Segment("norm", "var", Kind.VARIANCE, 13, 3),
                    new Segment("dense", "W", Kind.WEIGHT, 16, 9984)),
            10_000,
            10_000);

    private static final Averaging PLAIN = Averaging.every(1);

    private static final Round ROUND = new Round(3, 0, List.of());

    @Test
    void identicalInputsAverageToThemselvesExactly() {
        Random random = new Random(1);
        for (int trial = 0; trial < 20; trial++) {
            float[] values = random(random, 20_000);
            List<float[]> same = List.of(values, values, values, values, values, values, values);
            long[] weights = random.longs(7, 0, 100_000).toArray();
            weights[3]++;

            assertThat(average(PLAIN, same, weights)).containsExactly(values);
        }
    }

    @Test
    void anAverageIsWeightedByExamples() {
        List<float[]> workers = List.of(constant(1f), constant(2f), constant(5f));

        float[] average = average(PLAIN, workers, 1, 2, 1);

        assertThat(average[0]).isEqualTo(2.5f);
        assertThat(average[19_999]).isEqualTo(2.5f);
    }

    @Test
    void aWorkerWithoutExamplesDoesNotCountEvenIfItsValuesAreNotNumbers() {
        assertThat(average(PLAIN, List.of(constant(Float.NaN), constant(3f)), 0, 8)[5])
                .isEqualTo(3f);
        assertThatThrownBy(() -> average(PLAIN, List.of(constant(1f)), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing to average");
    }

    @Test
    void aValueThatIsNotFiniteIsNamedWithItsWorkerWhereverItStands() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at : new int[] {0, 9, 11, 15, 16, 9_999, 10_000, 14_321, 19_999}) {
                float[] bad = constant(Float.MAX_VALUE);
                // Statistics that far from the other worker's would be refused themselves.
                java.util.Arrays.fill(bad, 10, 16, 1f);
                bad[at] = value;

                for (List<float[]> workers : List.of(List.of(bad), List.of(constant(1f), bad))) {
                    assertThatThrownBy(() -> average(PLAIN, workers, new long[] {2, 3}))
                            .isInstanceOf(TrainingDivergedException.class)
                            .hasMessageContaining("Worker " + (workers.size() - 1) + " has a state")
                            .hasMessageContaining("value " + at + ")")
                            .hasMessageContaining("round 3");
                }
            }
        }
    }

    @Test
    void theLargestFiniteValuesAreAveraged() {
        float[] most = constant(Float.MAX_VALUE);

        assertThat(average(PLAIN, List.of(most, most, most), 1, 1_000_000, 7)[9_999])
                .isEqualTo(Float.MAX_VALUE);
    }

    @Test
    void sumsAreInDoubleAndInWorkerOrder() {
        Random random = new Random(2);
        List<float[]> workers = new ArrayList<>();
        for (int worker = 0; worker < 9; worker++) {
            workers.add(random(random, 20_000));
        }
        long[] weights = {3, 1, 4, 1, 5, 9, 2, 6, 5};

        float[] average = average(PLAIN, workers, weights);

        for (int i = 16; i < 20_000; i++) {
            double sum = 0;
            for (int worker = 0; worker < 9; worker++) {
                sum += weights[worker] * (double) workers.get(worker)[i];
            }
            assertThat(average[i]).isEqualTo((float) (sum / 36));
        }
    }

    @Test
    void batchNormStatisticsAreThoseOfThePooledExamples() {
        Random random = new Random(3);
        List<float[]> workers = new ArrayList<>();
        List<double[]> samples = new ArrayList<>();
        long[] weights = {50, 10, 300};
        for (long weight : weights) {
            double shift = random.nextGaussian() * 3;
            double[] sample = random.doubles(weight).map(x -> x + shift).toArray();
            samples.add(sample);
            float[] state = constant(0f);
            for (int channel = 0; channel < 3; channel++) {
                state[10 + channel] = (float) mean(sample);
                state[13 + channel] = (float) variance(sample);
            }
            workers.add(state);
        }
        double[] pooled =
                samples.stream().flatMapToDouble(java.util.Arrays::stream).toArray();

        float[] average = average(PLAIN, workers, weights);

        assertThat((double) average[11]).isCloseTo(mean(pooled), within(1e-6));
        assertThat((double) average[14]).isCloseTo(variance(pooled), within(1e-5));
    }

    @Test
    void aVarianceThatOverflowsBecauseTheMeansAreFarApartIsRefused() {
        float[] above = constant(1f);
        float[] below = constant(1f);
        above[11] = 1e30f;
        below[11] = -1e30f;

        assertThatThrownBy(() -> average(PLAIN, List.of(above, below), 1, 1))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining("The average over the workers gives a state that is not finite (value 14)")
                .hasMessageContaining("after round 3: lower the learning rate");
    }

    @Test
    void howTheStateIsCutDoesNotChangeAnAverage() {
        Random random = new Random(4);
        List<float[]> workers = List.of(random(random, 20_000), random(random, 20_000));
        float[] whole = average(PLAIN, workers, 5, 7);

        for (int values : new int[] {1, 7, 11, 4096, 9_999}) {
            assertThat(averageCut(PLAIN, workers, values, 5, 7).values()).containsExactly(whole);
        }
    }

    @Test
    void updaterStateIsAveragedOrResetByPolicy() {
        Averaging reset = new Averaging(AveragingSchedule.every(1), UpdaterPolicy.RESET, OuterOptimizer.NONE);

        float[] average = average(reset, List.of(constant(4f), constant(2f)), 1, 1);

        assertThat(average[9_999]).isEqualTo(3f);
        assertThat(average[10_000]).isZero();
        assertThat(average[19_999]).isZero();
    }

    @Test
    void divergenceIsTheRelativeDistanceOfTheWorkersFromTheirAverage() {
        // Average 3, both workers 1 away in each of the 9,994 trainable values; the statistics do not count.
        Spread spread = averageCut(PLAIN, List.of(constant(4f), constant(2f)), 1000, 1, 1)
                .spread();

        assertThat(spread.squaredNorm()).isCloseTo(9 * 9_994, within(1e-6));
        assertThat(spread.divergence()).isCloseTo(1.0 / 3, within(1e-12));
        assertThat(averageCut(PLAIN, List.of(constant(4f), constant(4f)), 1000, 1, 1)
                        .spread()
                        .divergence())
                .isZero();
    }

    @Test
    void outerNesterovFollowsItsDefinitionAndLeavesStatisticsAlone() {
        Averaging averaging =
                new Averaging(AveragingSchedule.every(1), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.5, 0.8));
        StateVector vector = new StateVector(LAYOUT, averaging, 1);
        SliceAverager averager = new SliceAverager(vector, averaging);
        Slice slice = vector.cut(10_000).get(0);
        float[] target = constant(2f);
        float[] newMomentum = constant(9f);

        averager.applyOuter(
                slice,
                FloatBuffer.wrap(target),
                new Outer(
                        Values.of(FloatBuffer.wrap(constant(5f))),
                        Values.of(FloatBuffer.wrap(constant(10f))),
                        FloatBuffer.wrap(newMomentum)));

        // change 5 - 2 = 3; momentum 0.8 * 10 + 3 = 11; step 0.5 * (3 + 0.8 * 11) = 5.9
        assertThat(newMomentum[0]).isEqualTo(11f);
        assertThat(target[0]).isCloseTo(5 - 5.9f, within(1e-6f));
        assertThat(target[9_999]).isEqualTo(target[0]);
        assertThat(target[10]).isEqualTo(2f);
        assertThat(target[15]).isEqualTo(2f);
        assertThat(newMomentum[12]).isZero();
    }

    @Test
    void slicesCoverTheStateAndNeverCutAMeanFromItsVariance() {
        StateVector vector = new StateVector(LAYOUT, PLAIN, 1);

        for (int values = 1; values < 30; values++) {
            int next = 0;
            for (Slice slice : vector.cut(values)) {
                assertThat(slice.offset()).isEqualTo(next);
                assertThat(slice.offset() > 10 && slice.offset() < 16).isFalse();
                assertThat(slice.offset() < 10_000 && slice.end() > 10_000).isFalse();
                next = slice.end();
            }
            assertThat(next).isEqualTo(20_000);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Averaged(float[] values, Spread spread) {}

    private static float[] average(Averaging averaging, List<float[]> workers, long... weights) {
        return averageCut(averaging, workers, 10_000, weights).values();
    }

    private static Averaged averageCut(Averaging averaging, List<float[]> workers, int values, long... weights) {
        StateVector vector = new StateVector(LAYOUT, averaging, 1);
        SliceAverager averager = new SliceAverager(vector, averaging);
        float[] average = new float[20_000];
        Spread spread = Spread.NONE;
        for (Slice slice : vector.cut(values)) {
            List<Contribution> contributions = new ArrayList<>();
            for (int worker = 0; worker < workers.size(); worker++) {
                contributions.add(
                        new Contribution(worker, weights[worker], Values.of(part(workers.get(worker), slice))));
            }
            spread = spread.plus(averager.average(ROUND, slice, contributions, part(average, slice)));
        }
        return new Averaged(average, spread);
    }

    private static FloatBuffer part(float[] values, Slice slice) {
        return FloatBuffer.wrap(values, slice.offset(), slice.length()).slice();
    }

    private static float[] constant(float value) {
        float[] values = new float[20_000];
        java.util.Arrays.fill(values, value);
        return values;
    }

    private static float[] random(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() * (1 + random.nextInt(1000));
        }
        return values;
    }

    private static double mean(double[] values) {
        return java.util.Arrays.stream(values).average().orElseThrow();
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        return java.util.Arrays.stream(values)
                .map(x -> (x - mean) * (x - mean))
                .average()
                .orElseThrow();
    }
}
