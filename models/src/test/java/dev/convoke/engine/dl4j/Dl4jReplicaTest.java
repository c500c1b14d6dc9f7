package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.convoke.engine.Engine;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Replica.StepResult;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Dl4jReplicaTest {

    private static final OptimizerSpec MOMENTUM = new OptimizerSpec(0.9, 1e-3, 0);
    private static final ImageShape SMALL = TinyNetwork.INPUT;
    private static final ReplicaSettings SETTINGS = new ReplicaSettings(1, 4, Precision.FLOAT32);

    private final Engine engine = new Dl4jEngine();

    @Test
    void trainingEqualsDl4jsOwnFitBitForBit() {
        Minibatch batch = TestBatches.separable(SMALL, 3, 4, 1);
        try (Replica replica = engine.open(tiny(0.0, MOMENTUM), SETTINGS)) {
            for (int step = 0; step < 3; step++) {
                replica.train(batch, new Step(0.01, step));
            }

            assertThat(States.of(replica)).isEqualTo(fitted(tiny(0.0, MOMENTUM), batch, 3));
        }
    }

    @Test
    void equalStepsGiveEqualBitsInAnyReplicaOnAnyThread() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<Future<float[]>> states = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            states.add(threads.submit(() -> {
                try (Replica replica = engine.open(tiny(0.4, MOMENTUM), SETTINGS)) {
                    for (int step = 0; step < 3; step++) {
                        replica.train(TestBatches.separable(SMALL, 3, 4, step), new Step(0.02, 77 + step));
                    }
                    return States.of(replica);
                }
            }));
        }

        assertThat(states.get(0).get()).isEqualTo(states.get(1).get());
        threads.shutdown();
    }

    @Test
    void anotherDropoutKeyGivesAnotherState() {
        Minibatch batch = TestBatches.separable(SMALL, 3, 4, 1);
        try (Replica one = engine.open(tiny(0.4, MOMENTUM), SETTINGS);
                Replica other = engine.open(tiny(0.4, MOMENTUM), SETTINGS)) {
            one.train(batch, new Step(0.02, 1));
            other.train(batch, new Step(0.02, 2));

            assertThat(States.of(one)).isNotEqualTo(States.of(other));
        }
    }

    @Test
    void aStateWrittenIntoAnotherReplicaContinuesIdentically() {
        Minibatch batch = TestBatches.separable(SMALL, 3, 4, 1);
        try (Replica straight = engine.open(tiny(0.4, MOMENTUM), SETTINGS);
                Replica resumed = engine.open(tiny(0.4, MOMENTUM), SETTINGS)) {
            straight.train(batch, new Step(0.02, 1));
            float[] state = States.of(straight);
            FloatBuffer source = FloatBuffer.wrap(state);
            resumed.writeState(0, source.limit(1000));
            resumed.writeState(1000, source.limit(state.length));
            assertThat(source.hasRemaining()).isFalse();
            assertThat(States.of(resumed)).isEqualTo(state);

            straight.train(batch, new Step(0.01, 2));
            resumed.train(batch, new Step(0.01, 2));

            assertThat(States.of(resumed)).isEqualTo(States.of(straight));
        }
    }

    @Test
    void partsOfTheStateAreReadAcrossTheSeam() {
        try (Replica replica = engine.open(tiny(0.0, MOMENTUM), SETTINGS)) {
            replica.train(TestBatches.separable(SMALL, 3, 4, 1), new Step(0.02, 1));
            float[] state = States.of(replica);
            int seam = replica.layout().parameterCount();
            float[] across = new float[20];

            replica.readState(seam - 7, FloatBuffer.wrap(across));

            assertThat(across).isEqualTo(Arrays.copyOfRange(state, seam - 7, seam + 13));
            assertThatThrownBy(() -> replica.readState(state.length - 7, FloatBuffer.allocate(8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("asked for 8 from " + (state.length - 7));
        }
    }

    @Test
    void theLearningRateIsTheSteps() {
        Minibatch batch = TestBatches.separable(SMALL, 3, 4, 1);
        ComputationGraphConfiguration shared = TinyNetwork.plain(OptimizerSpec.SGD, 5);
        try (Replica one = engine.open(shared, SETTINGS);
                Replica twice = engine.open(shared, SETTINGS)) {
            float[] before = States.of(one);
            one.train(batch, new Step(0, 1));
            assertThat(States.of(one)).as("a rate of 0 moves nothing").isEqualTo(before);

            one.train(batch, new Step(0.25, 1));
            twice.train(batch, new Step(0.5, 1));

            float[] once = States.of(one);
            float[] doubled = States.of(twice);
            int bias = 0;
            assertThat(doubled[bias] - before[bias]).isNotZero().isEqualTo(2 * (once[bias] - before[bias]));
        }
        assertThat(shared.toJson())
                .isEqualTo(TinyNetwork.plain(OptimizerSpec.SGD, 5).toJson());
    }

    @Test
    void aShortMinibatchCountsByItsSizeAndEqualsAFullOneOfThatSize() {
        Minibatch full = TestBatches.separable(SMALL, 3, 4, 1);
        full.resize(3);
        try (Replica room = engine.open(tiny(0.0, MOMENTUM), SETTINGS);
                Replica exact = engine.open(tiny(0.0, MOMENTUM), new ReplicaSettings(1, 3, Precision.FLOAT32))) {
            StepResult shortResult = room.train(full, new Step(0.02, 1));
            StepResult exactResult = exact.train(full, new Step(0.02, 1));

            assertThat(shortResult.examples()).isEqualTo(3);
            assertThat(shortResult).isEqualTo(exactResult);
            assertThat(States.of(room)).isEqualTo(States.of(exact));
        }
    }

    @Test
    void lossAndCorrectAreThoseOfTheProbabilitiesBeforeTheStep() {
        Minibatch batch = TestBatches.separable(SMALL, 3, 4, 1);
        try (Replica replica = engine.open(TinyNetwork.plain(new OptimizerSpec(0.9, 0.5, 0), 5), SETTINGS)) {
            replica.train(batch, new Step(0.02, 1));
            FloatBuffer probabilities = FloatBuffer.allocate(12);
            replica.predict(batch, probabilities);
            StepResult result = replica.train(batch, new Step(0.02, 1));

            double loss = 0;
            int correct = 0;
            for (int i = 0; i < 4; i++) {
                float[] row = Arrays.copyOfRange(probabilities.array(), 3 * i, 3 * i + 3);
                int label = i % 3;
                loss -= Math.log(row[label]);
                correct += row[label] > row[(label + 1) % 3] && row[label] > row[(label + 2) % 3] ? 1 : 0;
            }
            assertThat(result.lossSum()).isCloseTo(loss, withPercentage(0.001));
            assertThat(result.correct()).isEqualTo(correct);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        try (Replica replica = engine.open(tiny(0.0, MOMENTUM), SETTINGS)) {
            replica.train(TestBatches.separable(SMALL, 3, 4, 1), new Step(0.02, 1));

            for (Minibatch bad : List.of(
                    TestBatches.separable(ImageShape.rgb(48), 3, 4, 1),
                    TestBatches.separable(SMALL, 4, 4, 1),
                    TestBatches.separable(SMALL, 3, 5, 1),
                    new Minibatch(SMALL, 3, 4))) {
                assertThatThrownBy(() -> replica.train(bad, new Step(0.02, 1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("This replica takes 1 to 4 examples of " + SMALL + " and 3 classes");
            }
        }
    }

    @Test
    void bfloat16IsRefused() {
        assertThatThrownBy(() -> engine.open(tiny(0.0, MOMENTUM), new ReplicaSettings(1, 1, Precision.BFLOAT16)))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("float32 only, got BFLOAT16");
    }

    @Test
    void aConvolutionWithoutOneDnnIsRefusedByName() {
        NativeRuntime.prepare();
        String property = "org.eclipse.deeplearning4j.helpers.disable";
        String before = System.setProperty(property, "true");
        try {
            assertThatThrownBy(() -> engine.open(tiny(0.0, MOMENTUM), SETTINGS))
                    .isInstanceOf(EngineUnavailableException.class)
                    .hasMessageContaining("Layer 'conv1' would compute without oneDNN");
        } finally {
            System.setProperty(property, before == null ? "false" : before);
        }
    }

    private static float[] fitted(ComputationGraphConfiguration configuration, Minibatch batch, int steps) {
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        NativeRuntime.useThreads(SETTINGS.threads());
        INDArray images = array(batch.images(), batch.size(), 3, 9, 8);
        INDArray targets = array(batch.targets(), batch.size(), batch.classes());
        for (int i = 0; i < steps; i++) {
            graph.fit(new INDArray[] {images}, new INDArray[] {targets});
        }
        INDArray updaterState = graph.getUpdater().getStateViewArray();
        return Nd4j.concat(0, Nd4j.toFlattened('c', graph.params()), Nd4j.toFlattened('c', updaterState))
                .toFloatVector();
    }

    private static INDArray array(FloatBuffer values, long... shape) {
        float[] copy = new float[values.capacity()];
        values.get(0, copy);
        return Nd4j.createFromArray(copy).reshape(shape);
    }

    private static ComputationGraphConfiguration tiny(double dropout, OptimizerSpec optimizer) {
        return TinyNetwork.configure(optimizer, dropout, 5);
    }
}
