package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Distance;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Replica.StepResult;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The compiled engine against DL4J, on a network that has every operation. */
class OnednnReplicaTest {

    private static final double SAME = 1e-4;

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "0.9, 0, 0", "0.9, 0.01, 0", "0.9, 0.01, 0.001", "0, 0.01, 0.001"})
    void tenStepsEqualDl4jWhateverTheOptimizer(double momentum, double decay, double clip) {
        ComputationGraphConfiguration network = TinyNetwork.configure(new OptimizerSpec(momentum, decay, clip), 0.5, 7);
        Minibatch batch = smoothed(6, 3);
        try (Replica onednn = open("onednn", network, 6);
                Replica dl4j = open("dl4j", network, 6)) {
            assertThat(States.of(onednn)).isEqualTo(States.of(dl4j));
            for (int step = 0; step < 10; step++) {
                StepResult expected = dl4j.train(batch, new Step(0.01, step));
                StepResult got = onednn.train(batch, new Step(0.01, step));
                assertThat(got.lossSum() / expected.lossSum() - 1).isBetween(-SAME, SAME);
                assertThat(got.correct()).isEqualTo(expected.correct());
                assertThat(got.examples()).isEqualTo(6);
            }
            assertThat(Distance.worstSegment(onednn, dl4j)).isLessThan(SAME);
            assertThat(Distance.relative(predict(onednn, batch), predict(dl4j, batch)))
                    .isLessThan(SAME);
        }
    }

    @Test
    void aShortLastMinibatchCountsByItsSizeAsInDl4j() {
        ComputationGraphConfiguration network = TinyNetwork.configure(new OptimizerSpec(0.9, 0.01, 0), 0.5, 7);
        try (Replica onednn = open("onednn", network, 6);
                Replica dl4j = open("dl4j", network, 6)) {
            for (int size : new int[] {6, 1, 6, 4, 5, 6}) {
                Minibatch batch = smoothed(6, size);
                batch.resize(size);
                dl4j.train(batch, new Step(0.01, size));
                onednn.train(batch, new Step(0.01, size));
                assertThat(Distance.relative(predict(onednn, batch), predict(dl4j, batch)))
                        .isLessThan(SAME);
            }
            assertThat(Distance.worstSegment(onednn, dl4j)).isLessThan(SAME);
        }
    }

    @Test
    void stateWrittenInPiecesIsReadBackBitByBitBeforeAndAfterLayoutsAreChosen() {
        ComputationGraphConfiguration network = TinyNetwork.configure(new OptimizerSpec(0.9, 0, 0), 0.5, 7);
        try (Replica replica = open("onednn", network, 4)) {
            float[] first = noise(replica.layout().valueCount(), 1);
            write(replica, first, 37);
            assertThat(States.of(replica)).isEqualTo(first);
            replica.train(smoothed(4, 1), new Step(0.01, 1));
            assertThat(States.of(replica)).isNotEqualTo(first);
            float[] second = noise(replica.layout().valueCount(), 2);
            write(replica, second, 101);
            assertThat(States.of(replica)).isEqualTo(second);
            predict(replica, smoothed(4, 1));
            assertThat(States.of(replica)).isEqualTo(second);
        }
    }

    @ParameterizedTest
    @CsvSource({"onednn", "dl4j"})
    void anySeedGivesTheSameParametersEachTimeAndZeroIsOne(String engine) {
        try (Replica zero = open(engine, TinyNetwork.configure(OptimizerSpec.SGD, 0, 0), 1);
                Replica zeroAgain = open(engine, TinyNetwork.configure(OptimizerSpec.SGD, 0, 0), 1);
                Replica one = open(engine, TinyNetwork.configure(OptimizerSpec.SGD, 0, 1), 1)) {
            assertThat(States.of(zeroAgain)).isEqualTo(States.of(zero));
            assertThat(States.of(one)).isNotEqualTo(States.of(zero));
        }
    }

    @Test
    void aReplicaThatTakesOverAStateGoesOnWithTheSameBits() {
        ComputationGraphConfiguration network = TinyNetwork.configure(new OptimizerSpec(0.9, 0.01, 0), 0.5, 7);
        Minibatch batch = smoothed(5, 1);
        try (Replica straight = open("onednn", network, 5);
                Replica resumed = open("onednn", network, 5)) {
            for (int step = 0; step < 3; step++) {
                straight.train(batch, new Step(0.05, step));
            }
            resumed.writeState(0, FloatBuffer.wrap(States.of(straight)));
            for (int step = 3; step < 6; step++) {
                straight.train(batch, new Step(0.05, step));
                resumed.train(batch, new Step(0.05, step));
            }
            assertThat(States.of(resumed)).isEqualTo(States.of(straight));
        }
    }

    @Test
    void replicasThatStepAtTheSameTimeEndWithTheBitsThatEachEndsWithAlone() throws Exception {
        Training small = new Training("tiny", 2, Precision.FLOAT32);
        List<Training> trainings =
                new ArrayList<>(List.of(small, small, new Training("resnet34", 1, Precision.FLOAT32)));
        if (Cpu.hasBfloat16()) {
            // On one thread: oneDNN's in bfloat16 spin while they wait, and there are more of them than cores here.
            trainings.add(new Training("tiny", 1, Precision.BFLOAT16));
        }
        ExecutorService threads = Executors.newFixedThreadPool(trainings.size());
        try {
            Phaser everyStep = new Phaser(trainings.size());
            List<Future<float[]>> running = new ArrayList<>();
            for (Training training : trainings) {
                running.add(threads.submit(() -> training.end(everyStep)));
            }
            List<float[]> together = new ArrayList<>();
            for (Future<float[]> one : running) {
                together.add(one.get());
            }

            for (int i = 0; i < trainings.size(); i++) {
                assertThat(together.get(i))
                        .as("%s", trainings.get(i))
                        .isEqualTo(trainings.get(i).end(new Phaser(1)));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aMinibatchOfAnotherShapeIsRefusedWithBothShapes() {
        try (Replica replica = open("onednn", TinyNetwork.configure(OptimizerSpec.SGD, 0, 7), 2)) {
            replica.train(smoothed(2, 1), new Step(0.01, 0));
            Minibatch other = TestBatches.separable(new ImageShape(3, 11, 8), TinyNetwork.CLASSES, 2, 1);
            assertThatThrownBy(() -> replica.train(other, new Step(0.01, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("This replica takes 1 to 2 examples of")
                    .hasMessageContaining("open another replica");
            assertThatThrownBy(() -> replica.train(smoothed(3, 1), new Step(0.01, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got 3 of");
        }
    }

    @Test
    void aShapeThatDoesNotFitTheWeightsIsRefusedWithTheLayer() {
        try (Replica replica = open("onednn", TinyNetwork.configure(OptimizerSpec.SGD, 0, 7), 2)) {
            Minibatch large = TestBatches.separable(new ImageShape(3, 40, 40), TinyNetwork.CLASSES, 2, 1);
            assertThatThrownBy(() -> replica.train(large, new Step(0.01, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Layer 'fc3' does not fit an image of");
        }
    }

    /** Some steps of a network on a replica of its own. */
    private record Training(String network, int threads, Precision precision) {

        /** Returns the state they end with; each waits until those of the others begin, too. */
        float[] end(Phaser everyStep) {
            boolean isTiny = network.equals("tiny");
            ImageShape shape = isTiny ? TinyNetwork.INPUT : ImageShape.rgb(32);
            OptimizerSpec optimizer = new OptimizerSpec(0.9, 0, 0);
            ComputationGraphConfiguration configuration = isTiny
                    ? TinyNetwork.configure(optimizer, 0.5, 7)
                    : ModelCatalog.configure(new NetworkSpec(network, shape, TinyNetwork.CLASSES, 0.0), optimizer, 7);
            try (Replica replica =
                    Engines.byName("onednn").open(configuration, new ReplicaSettings(threads, 6, precision))) {
                for (int step = 0; step < 6; step++) {
                    Minibatch batch = TestBatches.separable(shape, TinyNetwork.CLASSES, 6, step);
                    everyStep.arriveAndAwaitAdvance();
                    replica.train(batch, new Step(isTiny ? 0.05 : 0.01, step));
                }
                return States.of(replica);
            } finally {
                everyStep.arriveAndDeregister();
            }
        }
    }

    private static Replica open(String engine, ComputationGraphConfiguration network, int batch) {
        return Engines.byName(engine).open(network, new ReplicaSettings(2, batch, Precision.FLOAT32));
    }

    private static Minibatch smoothed(int size, long seed) {
        Minibatch batch = TestBatches.separable(TinyNetwork.INPUT, TinyNetwork.CLASSES, size, seed);
        for (int row = 0; row < size; row++) {
            batch.target(row, row % TinyNetwork.CLASSES, 0.1);
        }
        return batch;
    }

    private static float[] predict(Replica replica, Minibatch batch) {
        FloatBuffer probabilities = FloatBuffer.allocate(batch.size() * batch.classes());
        replica.predict(batch, probabilities);
        return probabilities.array();
    }

    private static void write(Replica replica, float[] state, int piece) {
        for (int start = 0; start < state.length; start += piece) {
            replica.writeState(start, FloatBuffer.wrap(state, start, Math.min(piece, state.length - start)));
        }
    }

    private static float[] noise(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(0.01, 1);
        }
        return values;
    }
}
