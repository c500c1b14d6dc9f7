package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Distance;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Rounding;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.engine.plan.Parameter;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The networks as both engines train them, with momentum, weight decay, label smoothing and each network's own dropout,
 * over ten steps. Every step starts from DL4J's state: what is left of the last step's rounding grows a hundredfold a
 * step in deep batch norm, and of two trainings by DL4J itself, of images that differ in the last place, as well.
 *
 * <p>What is compared is each array's momentum, which is the gradient in full float32 where its parameters hide it in
 * their last places, and the moving statistics' change. A unit that lies on the kink of its ReLU or ties in its pool
 * falls to either side, and the arrays before it differ by more in that step; so the measure is the median of the ten.
 * The notebook's networks have such a unit in most steps: there it is what rounding of its images does to DL4J.
 */
class NetworkEqualityTest {

    private static final int STEPS = 10;
    private static final int EXAMPLES = 4;
    private static final int CLASSES = 4;
    private static final double LEARNING_RATE = 1e-3;
    private static final double MOMENTUM = 0.9;
    private static final double SAME = 1e-4;

    /** Convolutions by tiles round a few times as much as plain sums do. */
    private static final double TIMES_THE_NOISE = 2 * Rounding.TIMES_THE_NOISE;

    /** The most that units on a kink may do in one step; a gradient that is wrong or missing does more. */
    private static final double ON_A_KINK = 0.1;

    /** A bias before batch norm has a gradient of nothing but rounding. */
    private static final double NOTHING = 1e-6;

    @ParameterizedTest
    @CsvSource({
        "alexnet, 67, false",
        "vgg16, 64, false",
        "inception-v1, 32, false",
        "inception-v1-notebook, 32, true",
        "resnet, 32, true",
        "resnet34, 32, false"
    })
    void bothEnginesTakeTheSameTenSteps(String architecture, int pixels, boolean isOftenOnAKink) {
        ImageShape shape = ImageShape.rgb(pixels);
        List<Array> arrays = arrays(architecture, shape);
        double[][] distances = new double[STEPS][];
        double[][] noise = new double[STEPS][arrays.size()];
        try (Replica dl4j = job("dl4j", architecture, shape).openReplica(2);
                Replica moved = job("dl4j", architecture, shape).openReplica(2);
                Replica onednn = job("onednn", architecture, shape).openReplica(2)) {
            float[] start = States.of(dl4j);
            for (int step = 0; step < STEPS; step++) {
                Minibatch batch = images(shape, step);
                double loss = dl4j.train(batch, new Step(LEARNING_RATE, step)).lossSum();
                assertThat(trained(onednn, start, batch, step) / loss - 1)
                        .as("the loss of step %d", step)
                        .isBetween(-SAME, SAME);
                float[] expected = States.of(dl4j);
                distances[step] = distances(arrays, States.of(onednn), expected, start);
                if (isOftenOnAKink) {
                    trained(moved, start, Rounding.moved(batch, step), step);
                    noise[step] = distances(arrays, States.of(moved), expected, start);
                }
                start = expected;
            }
            requireSame(arrays, distances, noise);
            onednn.writeState(0, FloatBuffer.wrap(start));
            assertThat(Distance.relative(predicted(onednn, shape), predicted(dl4j, shape)))
                    .as("what is predicted")
                    .isLessThan(SAME);
        }
    }

    /** Looks at {@code [step][array]}. */
    private static void requireSame(List<Array> arrays, double[][] distances, double[][] noise) {
        for (int i = 0; i < arrays.size(); i++) {
            double[] sorted = sorted(distances, i);
            double expected = Math.max(SAME, TIMES_THE_NOISE * sorted(noise, i)[STEPS / 2]);
            assertThat(sorted[STEPS / 2]).as("%s", arrays.get(i)).isLessThan(expected);
            assertThat(sorted[STEPS - 1]).as("%s at the most", arrays.get(i)).isLessThan(ON_A_KINK);
        }
    }

    private static double[] sorted(double[][] values, int array) {
        return Arrays.stream(values).mapToDouble(step -> step[array]).sorted().toArray();
    }

    private static double[] distances(List<Array> arrays, float[] values, float[] expected, float[] start) {
        double whole = length(expected, arrays.get(0).momentum());
        return arrays.stream()
                .mapToDouble(array -> array.distance(values, expected, start, whole))
                .toArray();
    }

    /** Trains one step from a state, and returns the loss. */
    private static double trained(Replica replica, float[] start, Minibatch batch, int step) {
        replica.writeState(0, FloatBuffer.wrap(start));
        return replica.train(batch, new Step(LEARNING_RATE, step)).lossSum();
    }

    private static float[] predicted(Replica replica, ImageShape shape) {
        FloatBuffer probabilities = FloatBuffer.allocate(EXAMPLES * CLASSES);
        replica.predict(images(shape, STEPS), probabilities);
        return probabilities.array();
    }

    /**
     * Part of the state that shows what a step did.
     *
     * @param segment the parameters it belongs to
     * @param from its first value in the state
     * @param momentum where momentum begins in the state
     */
    private record Array(Segment segment, int from, int momentum) {

        /**
         * Returns how far apart two states are after a step, of what the step did; 0 if it did nothing.
         *
         * @param whole the length of all momentum
         */
        double distance(float[] values, float[] expected, float[] start, double whole) {
            boolean isMomentum = from >= momentum;
            double difference = 0;
            double done = 0;
            for (int i = from; i < from + segment.length(); i++) {
                difference += Math.pow((double) values[i] - expected[i], 2);
                done += Math.pow(expected[i] - (isMomentum ? 0.0 : start[i]), 2);
            }
            boolean isNothing = isMomentum && Math.sqrt(done) < NOTHING * whole;
            return isNothing ? 0 : Math.sqrt(difference / done);
        }

        @Override
        public String toString() {
            return segment.parameter() + " of " + segment.layer();
        }
    }

    private static List<Array> arrays(String architecture, ImageShape shape) {
        NetworkJob job = job("onednn", architecture, shape);
        int momentum = job.layout().parameterCount();
        return GraphReader.read(job.configuration()).vertices().stream()
                .flatMap(vertex -> vertex.parameters().stream())
                .map(parameter -> new Array(parameter.segment(), shown(parameter), momentum))
                .toList();
    }

    private static int shown(Parameter parameter) {
        return parameter.momentumOffset() >= 0
                ? parameter.momentumOffset()
                : parameter.segment().offset();
    }

    private static NetworkJob job(String engine, String architecture, ImageShape shape) {
        return new NetworkJob(
                new NetworkSpec(architecture, shape, CLASSES, null),
                new OptimizerSpec(MOMENTUM, 1e-4, 0),
                3,
                engine,
                Precision.FLOAT32,
                EXAMPLES);
    }

    private static double length(float[] values, int from) {
        double sum = 0;
        for (int i = from; i < values.length; i++) {
            sum += Math.pow(values[i], 2);
        }
        return Math.sqrt(sum);
    }

    private static Minibatch images(ImageShape shape, long seed) {
        Minibatch batch = TestBatches.separable(shape, CLASSES, EXAMPLES, seed);
        for (int row = 0; row < EXAMPLES; row++) {
            batch.target(row, row % CLASSES, 0.1);
        }
        return batch;
    }
}
