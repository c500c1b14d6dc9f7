package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayouts;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.engine.dl4j.ModelFile.Model;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ModelFileTest {

    private static final OptimizerSpec MOMENTUM = new OptimizerSpec(0.9, 1e-3, 0);

    @BeforeAll
    static void loadNatives() {
        NativeRuntime.prepare();
    }

    @Test
    void plainDl4jLoadsItPredictsTheSameAndTrainsOnIdentically(@TempDir Path folder) throws IOException {
        ComputationGraphConfiguration configuration = TinyNetwork.configure(MOMENTUM, 0, 5);
        Minibatch batch = TestBatches.separable(TinyNetwork.INPUT, TinyNetwork.CLASSES, 4, 1);
        Path file = folder.resolve("model.zip");
        try (Replica replica = new Dl4jEngine().open(configuration, new ReplicaSettings(1, 4, Precision.FLOAT32))) {
            replica.train(batch, new Replica.Step(0.01, 1));
            Files.write(file, written(configuration, FloatBuffer.wrap(States.of(replica))));
            float[] probabilities = new float[4 * TinyNetwork.CLASSES];
            replica.predict(batch, FloatBuffer.wrap(probabilities));

            ComputationGraph plain = ModelSerializer.restoreComputationGraph(file.toFile(), true);

            NativeRuntime.useThreads(1);
            INDArray images = array(batch.images(), 4, 3, 9, 8);
            assertThat(Nd4j.toFlattened('c', plain.outputSingle(images)).toFloatVector())
                    .isEqualTo(probabilities);
            plain.fit(new INDArray[] {images}, new INDArray[] {array(batch.targets(), 4, TinyNetwork.CLASSES)});
            replica.train(batch, new Replica.Step(0.01, 2));
            assertThat(Nd4j.toFlattened('c', plain.params()).toFloatVector()).isEqualTo(States.parametersOf(replica));
        }
    }

    @Test
    void arraysAreByteForByteWhatDl4jWrites() throws IOException {
        ComputationGraphConfiguration configuration = TinyNetwork.configure(MOMENTUM, 0.4, 5);
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        INDArray updaterState = graph.getUpdater().getStateViewArray();
        updaterState.assign(0.25);
        float[] state = Nd4j.concat(0, Nd4j.toFlattened('c', graph.params()), updaterState)
                .toFloatVector();

        byte[] file = written(configuration, FloatBuffer.wrap(state));

        assertThat(entry(file, "coefficients.bin")).isEqualTo(nd4jBytes(graph.params()));
        assertThat(entry(file, "updaterState.bin")).isEqualTo(nd4jBytes(updaterState));
        assertThat(written(configuration, FloatBuffer.wrap(state))).isEqualTo(file);
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        ComputationGraphConfiguration configuration = TinyNetwork.configure(MOMENTUM, 0.4, 5);
        FloatBuffer state = randomState(configuration);

        Model model = ModelFile.read(new ByteArrayInputStream(written(configuration, state)));

        assertThat(model.configuration().toJson()).isEqualTo(configuration.toJson());
        assertThat(model.state()).isEqualTo(state);
    }

    @Test
    void aModelOfDl4jsOwnIsReadWithOrWithoutItsUpdater(@TempDir Path folder) throws IOException {
        ComputationGraph graph = new ComputationGraph(TinyNetwork.configure(MOMENTUM, 0.4, 5));
        graph.init();
        graph.getUpdater().getStateViewArray().assign(0.25);
        float[] parameters = Nd4j.toFlattened('c', graph.params()).toFloatVector();
        for (boolean withUpdater : new boolean[] {true, false}) {
            Path file = folder.resolve("model.zip");
            ModelSerializer.writeModel(graph, file.toFile(), withUpdater);

            FloatBuffer state;
            try (InputStream in = Files.newInputStream(file)) {
                state = ModelFile.read(in).state();
            }

            assertThat(state.slice(0, parameters.length)).isEqualTo(FloatBuffer.wrap(parameters));
            assertThat(state.get(parameters.length)).isEqualTo(withUpdater ? 0.25f : 0f);
        }
    }

    @Test
    void aStateOfAnotherNetworkIsNotWritten() {
        ComputationGraphConfiguration configuration = TinyNetwork.configure(MOMENTUM, 0.4, 5);
        FloatBuffer state = randomState(configuration);

        assertThatThrownBy(() -> written(configuration, state.slice(0, state.remaining() - 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got " + (state.remaining() - 1) + " values in all");
    }

    static byte[] written(ComputationGraphConfiguration configuration, FloatBuffer state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ModelFile.write(configuration, state, out);
        return out.toByteArray();
    }

    static FloatBuffer randomState(ComputationGraphConfiguration configuration) {
        int values = StateLayouts.of(configuration).valueCount();
        FloatBuffer state = FloatBuffer.allocate(values);
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < values; i++) {
            state.put(i, (float) random.nextDouble());
        }
        return state;
    }

    private static byte[] entry(byte[] file, String name) throws IOException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().equals(name)) {
                    return zip.readAllBytes();
                }
            }
        }
        throw new AssertionError("no entry " + name);
    }

    private static byte[] nd4jBytes(INDArray array) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Nd4j.write(array, new DataOutputStream(out));
        return out.toByteArray();
    }

    private static INDArray array(FloatBuffer values, long... shape) {
        float[] copy = new float[values.capacity()];
        values.get(0, copy);
        return Nd4j.createFromArray(copy).reshape(shape);
    }
}
