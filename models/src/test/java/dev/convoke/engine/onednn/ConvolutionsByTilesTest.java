package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.TiledNetworks;
import dev.convoke.models.TiledNetworks.Kind;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions by tiles against DL4J's, whose sums are in another order. */
class ConvolutionsByTilesTest {

    /** Of an array's length: a few times what rounding does to a sum. */
    private static final double NEAR = 1e-5;

    /** A unit on the kink of its ReLU falls to either side; a gradient that is masked at all wrongly is further off. */
    private static final double NEAR_WITH_KINKS = 2e-3;

    static Stream<Arguments> convolutions() {
        Kind plain = new Kind(128, 128, true, false, true, false);
        return Stream.of(
                Arguments.of("whole tiles", plain, 16, 16, 8, 2),
                Arguments.of("tiles that the image cuts", plain, 13, 11, 9, 2),
                Arguments.of("more channels than filters", new Kind(160, 96, true, false, true, false), 15, 17, 5, 1),
                Arguments.of("a last chunk with fewer rows", plain, 15, 9, 11, 3),
                Arguments.of("no padding", new Kind(128, 144, false, false, true, false), 18, 14, 6, 2),
                Arguments.of("no bias", new Kind(128, 128, true, false, false, false), 16, 12, 8, 2),
                Arguments.of("one image", plain, 34, 41, 1, 2),
                Arguments.of("more chunks than threads, the last with fewer rows", plain, 58, 41, 5, 2),
                Arguments.of("ReLU", new Kind(128, 128, true, true, true, false), 13, 17, 8, 2),
                Arguments.of("part of a concatenation", new Kind(128, 128, true, true, true, true), 16, 14, 8, 2));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("convolutions")
    void predictionsAndGradientsAreDl4js(String name, Kind kind, int height, int width, int batch, int threads) {
        assumeTrue(Cpu.vectorFloats() == BlockedImages.LANES, "computed by tiles only with AVX-512");
        ImageShape shape = new ImageShape(3, height, width);
        Minibatch images = TestBatches.noisy(shape, TiledNetworks.CLASSES, batch, 7, 8);
        ReplicaSettings settings = new ReplicaSettings(threads, batch, Precision.FLOAT32);
        ReplicaSettings alone = new ReplicaSettings(1, batch, Precision.FLOAT32);
        try (OnednnReplica tiled =
                        (OnednnReplica) Engines.byName("onednn").open(TiledNetworks.of(kind, shape), settings);
                Replica reference = Engines.byName("dl4j").open(TiledNetworks.of(kind, shape), alone)) {
            assertThat(tiled.explain(shape, true, 0).rows())
                    .filteredOn(row -> row.layer().equals("op") && row.flops() > 0)
                    .hasSize(3)
                    .allMatch(row -> row.implementation().startsWith("winograd"));
            float[] start = States.of(reference);
            tiled.writeState(0, FloatBuffer.wrap(start));

            assertThat(distance(predicted(tiled, images), predicted(reference, images)))
                    .isLessThan(NEAR);
            tiled.train(images, new Step(1, 0));
            reference.train(images, new Step(1, 0));

            float[] after = States.of(tiled);
            float[] expected = States.of(reference);
            List<Segment> segments = reference.layout().segments();
            assertThat(segments)
                    .hasSizeGreaterThan(5)
                    .allSatisfy(segment -> assertThat(
                                    distance(changes(segment, start, after), changes(segment, start, expected)))
                            .as("the gradient of %s", segment)
                            .isLessThan(kind.relu() ? NEAR_WITH_KINKS : NEAR));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("convolutions")
    void theSameStepsEndInTheSameBits(String name, Kind kind, int height, int width, int batch, int threads) {
        ImageShape shape = new ImageShape(3, height, width);
        ReplicaSettings settings = new ReplicaSettings(threads, batch, Precision.FLOAT32);
        float[][] states = new float[2][];
        for (int i = 0; i < 2; i++) {
            try (Replica replica = Engines.byName("onednn").open(TiledNetworks.of(kind, shape), settings)) {
                for (int step = 0; step < 3; step++) {
                    replica.train(
                            TestBatches.separable(shape, TiledNetworks.CLASSES, Math.max(1, batch - step % 2), step),
                            new Step(0.1, step));
                }
                states[i] = States.of(replica);
            }
        }
        assertThat(states[1]).isEqualTo(states[0]);
    }

    private static double[] changes(Segment segment, float[] from, float[] to) {
        double[] changes = new double[segment.length()];
        for (int i = 0; i < changes.length; i++) {
            changes[i] = (double) to[segment.offset() + i] - from[segment.offset() + i];
        }
        return changes;
    }

    private static double[] predicted(Replica replica, Minibatch images) {
        FloatBuffer probabilities = FloatBuffer.allocate(images.size() * TiledNetworks.CLASSES);
        replica.predict(images, probabilities);
        double[] values = new double[probabilities.capacity()];
        for (int i = 0; i < values.length; i++) {
            values[i] = probabilities.get(i);
        }
        return values;
    }

    private static double distance(double[] values, double[] expected) {
        double apart = 0;
        double length = 0;
        for (int i = 0; i < expected.length; i++) {
            apart += Math.pow(values[i] - expected[i], 2);
            length += Math.pow(expected[i], 2);
        }
        assertThat(length).isPositive();
        return Math.sqrt(apart / length);
    }
}
