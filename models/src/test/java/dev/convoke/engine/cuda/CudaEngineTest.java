package dev.convoke.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Engine;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.SavedModel;
import dev.convoke.engine.StateLayouts;
import dev.convoke.engine.dl4j.ModelFile;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.FloatBuffer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;

/** What can be known of the GPU engine without a GPU: what it refuses, and that it never computes on a CPU. */
class CudaEngineTest {

    private static final Gpu FIRST = new Gpu(0);
    private static final Gpu NONE = new Gpu(99);
    private static final ReplicaSettings SETTINGS = new ReplicaSettings(1, 4, Precision.FLOAT32);

    private final Engine engine = Engines.byName("cuda");

    @Test
    void withoutAGpuItRefuses() {
        assertThat(engine.needsGpu()).isTrue();
        assertThatThrownBy(() -> engine.open(network(), SETTINGS))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("spark.task.resource.gpu.amount=1");
    }

    @Test
    void onANodeWithoutNvidiasLibrariesItNamesEachThatIsMissing() {
        assertThatThrownBy(() -> engine.openOn(NONE, network(), SETTINGS))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageMatching("(?s).*(libcuda.so.1.*libnvrtc.so.13.*libcublasLt.so.13.*libcudnn.so.9"
                        + "|GPU 99 was granted, and CUDA sees).*")
                .hasMessageMatching("(?s).*(engine: onednn|discovery script).*");
    }

    @Test
    void aGraphThatNoPlanCanHoldIsRefusedByItsLayerBeforeAnyGpuIsTouched() {
        ComputationGraphConfiguration sigmoid = new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(4, 4, 3))
                .addLayer(
                        "fc1",
                        new DenseLayer.Builder()
                                .nOut(4)
                                .activation(Activation.SIGMOID)
                                .build(),
                        "in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "fc1")
                .setOutputs("out")
                .build();

        assertThatThrownBy(() -> engine.openOn(NONE, sigmoid, SETTINGS))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("'fc1'")
                .hasMessageContaining("sigmoid");
    }

    @Test
    void addressesAreTheDriversNumbers() {
        assertThat(Gpu.of(" 3")).isEqualTo(new Gpu(3));
        assertThatThrownBy(() -> Gpu.of("GPU-1234"))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("discover-gpus.sh");
    }

    @Test
    void theEnginesOfTheCpuRefuseAGpu() {
        assertThatThrownBy(() -> Engines.byName("onednn").openOn(FIRST, network(), SETTINGS))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("choose engine: cuda");
    }

    @Test
    void aSavedModelIsOpenedOnTheGpuThatIsAskedFor() throws Exception {
        ComputationGraphConfiguration network = network();
        int parameters = StateLayouts.of(network).parameterCount();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ModelFile.write(network, FloatBuffer.allocate(parameters), file);
        SavedModel model = SavedModel.read(new ByteArrayInputStream(file.toByteArray()));
        RuntimeException noneGranted = new EngineUnavailableException("this task was granted none");

        assertThatThrownBy(() -> model.openReplica("cuda", SETTINGS, () -> {
                    throw noneGranted;
                }))
                .isSameAs(noneGranted);
    }

    private static ComputationGraphConfiguration network() {
        return ModelCatalog.configure(
                new NetworkSpec("alexnet", ImageShape.rgb(67), 10, null), new OptimizerSpec(0.9, 0, 0), 1);
    }
}
