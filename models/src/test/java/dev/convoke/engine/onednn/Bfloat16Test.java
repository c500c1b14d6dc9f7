package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The engine in bfloat16 against itself in float32; where the CPU cannot compute in bfloat16, skipped. */
class Bfloat16Test {

    private static final int CLASSES = 4;
    private static final double LEARNING_RATE = 1e-3;

    /** Eight bits of a fraction, the last of them rounded. */
    private static final double ROUNDING = Math.pow(2, -8);

    /**
     * Deep batch norm amplifies rounding: PyTorch's own bfloat16 gradients of the residual networks, taken as a whole,
     * have a cosine of 0.77 to 0.81 with its float32 ones at these sizes. An array that is not computed has one of 0.
     */
    private static final double SAME_DIRECTION = 0.6;

    private static final int SEEDS = 6;
    private static final int SIZE = 15;
    private static final int STEPS = 150;
    private static final int UNSEEN = 40;
    private static final double NOISE = 6;

    @BeforeEach
    void needsACpuWithBfloat16() {
        assumeTrue(Cpu.hasBfloat16(), "this CPU has no bfloat16");
    }

    @ParameterizedTest
    @CsvSource({
        "alexnet, 67",
        "vgg16, 32",
        "inception-v1, 64",
        "inception-v1-notebook, 32",
        "resnet, 32",
        "resnet34, 64"
    })
    void everyNetworksLossAndGradientAreFloat32sButForRounding(String architecture, int pixels) {
        Minibatch batch = TestBatches.separable(ImageShape.rgb(pixels), CLASSES, 8, 1);
        try (Replica exact = replica(architecture, batch, Precision.FLOAT32, 1);
                Replica rounded = replica(architecture, batch, Precision.BFLOAT16, 1)) {
            float[] start = States.of(exact);
            assertThat(States.of(rounded)).isEqualTo(start);

            double expectedLoss = exact.train(batch, new Step(LEARNING_RATE, 1)).lossSum();
            double loss = rounded.train(batch, new Step(LEARNING_RATE, 1)).lossSum();

            // A few dozen layers round one after another, and errors of either sign add up to a few roundings.
            assertThat(loss / expectedLoss - 1).isBetween(-10 * ROUNDING, 10 * ROUNDING);
            float[] wanted = States.of(exact);
            float[] got = States.of(rounded);
            assertThat(exact.layout().segments())
                    .filteredOn(segment -> segment.kind() == Kind.WEIGHT)
                    .isNotEmpty()
                    .allSatisfy(segment -> assertThat(cosine(got, wanted, start, segment))
                            .as("the direction of %s", segment.layer())
                            .isGreaterThan(SAME_DIRECTION));
        }
    }

    @Test
    void theSameStepsGiveTheSameBitsAndAStateCanBeTakenOver() {
        Minibatch batch = TestBatches.separable(ImageShape.rgb(64), CLASSES, 8, 1);
        Minibatch brief = TestBatches.separable(ImageShape.rgb(64), CLASSES, 8, 2);
        brief.resize(3);
        try (Replica straight = replica("resnet34", batch, Precision.BFLOAT16, 1);
                Replica resumed = replica("resnet34", batch, Precision.BFLOAT16, 2)) {
            straight.train(batch, new Step(LEARNING_RATE, 1));
            float[] taken = States.of(straight);
            resumed.train(brief, new Step(LEARNING_RATE, 1));
            resumed.writeState(0, FloatBuffer.wrap(taken));
            assertThat(States.of(resumed)).isEqualTo(taken);

            for (Replica replica : new Replica[] {straight, resumed}) {
                replica.train(brief, new Step(LEARNING_RATE, 2));
                replica.train(batch, new Step(LEARNING_RATE, 3));
            }

            assertThat(States.of(resumed)).isEqualTo(States.of(straight)).isNotEqualTo(taken);
        }
    }

    @Test
    void aReplicaThatFirstPredictsTrainsToTheSameBits() {
        Minibatch batch = TestBatches.separable(ImageShape.rgb(67), CLASSES, 4, 1);
        try (Replica trains = replica("alexnet", batch, Precision.BFLOAT16, 1);
                Replica predicts = replica("alexnet", batch, Precision.BFLOAT16, 1)) {
            predicts.predict(batch, FloatBuffer.allocate(4 * CLASSES));
            predicts.train(batch, new Step(LEARNING_RATE, 1));
            trains.train(batch, new Step(LEARNING_RATE, 1));

            assertThat(States.of(predicts)).isEqualTo(States.of(trains));
        }
    }

    @Test
    void trainingEndsAsAccurateAsInFloat32WithinWhatSeedsDo() {
        double[] exact = IntStream.rangeClosed(1, SEEDS)
                .mapToDouble(seed -> accuracy(Precision.FLOAT32, seed))
                .toArray();
        double[] rounded = IntStream.rangeClosed(1, SEEDS)
                .mapToDouble(seed -> accuracy(Precision.BFLOAT16, seed))
                .toArray();

        double mean = Arrays.stream(exact).average().orElseThrow();
        double least = Arrays.stream(exact).min().orElseThrow();
        double most = Arrays.stream(exact).max().orElseThrow();
        assertThat(mean).as("a task that can be learnt better or worse").isBetween(0.6, 0.98);
        assertThat(Arrays.stream(rounded).average().orElseThrow())
                .as("float32 %s, bfloat16 %s", Arrays.toString(exact), Arrays.toString(rounded))
                .isGreaterThan(mean - (most - least));
    }

    /** Returns which part of some unseen images a network tells apart after it was trained on others. */
    private static double accuracy(Precision precision, int seed) {
        ComputationGraphConfiguration network = TinyNetwork.configure(new OptimizerSpec(0.9, 1e-4, 0), 0, seed);
        try (Replica replica = Engines.byName("onednn").open(network, new ReplicaSettings(2, SIZE, precision))) {
            for (int step = 0; step < STEPS; step++) {
                replica.train(noisy(1000L * seed + step), new Step(0.01, step));
            }
            double right = 0;
            FloatBuffer probabilities = FloatBuffer.allocate(SIZE * TinyNetwork.CLASSES);
            for (int unseen = 0; unseen < UNSEEN; unseen++) {
                replica.predict(noisy(-1 - unseen), probabilities.clear());
                right += right(probabilities);
            }
            return right / (UNSEEN * SIZE);
        }
    }

    private static Minibatch noisy(long seed) {
        return TestBatches.noisy(TinyNetwork.INPUT, TinyNetwork.CLASSES, SIZE, seed, NOISE);
    }

    private static int right(FloatBuffer probabilities) {
        int right = 0;
        for (int row = 0; row < SIZE; row++) {
            int best = 0;
            for (int c = 1; c < TinyNetwork.CLASSES; c++) {
                int start = row * TinyNetwork.CLASSES;
                best = probabilities.get(start + c) > probabilities.get(start + best) ? c : best;
            }
            right += best == row % TinyNetwork.CLASSES ? 1 : 0;
        }
        return right;
    }

    private static Replica replica(String architecture, Minibatch batch, Precision precision, long seed) {
        return new NetworkJob(
                        new NetworkSpec(architecture, batch.shape(), CLASSES, 0.0),
                        new OptimizerSpec(0.9, 1e-4, 0),
                        seed,
                        "onednn",
                        precision,
                        batch.size())
                .openReplica(2);
    }

    /** Returns the cosine of the angle between two moves away from a start, in one array. */
    private static double cosine(float[] one, float[] other, float[] start, Segment segment) {
        double product = 0;
        double ones = 0;
        double others = 0;
        for (int i = segment.offset(); i < segment.offset() + segment.length(); i++) {
            double left = (double) one[i] - start[i];
            double right = (double) other[i] - start[i];
            product += left * right;
            ones += left * left;
            others += right * right;
        }
        return product / Math.sqrt(ones * others);
    }
}
