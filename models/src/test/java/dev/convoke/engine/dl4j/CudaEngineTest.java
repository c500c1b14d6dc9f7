package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Engine;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.SavedModel;
import dev.convoke.engine.StateLayouts;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.FloatBuffer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.Test;

/** What can be known of the GPU engine without a GPU: what it refuses, and that it never computes on a CPU. */
class CudaEngineTest {

    private static final Gpu FIRST = new Gpu(0);
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
    void aGenerationNewerThanItsLibraryIsRefusedWithTheReasonAndTheAlternative() {
        for (String known : new String[] {"3.5", "7.0", "8.0", "8.6", "8.9"}) {
            assertThatCode(() -> CudaRuntime.requireKnown(FIRST, known)).doesNotThrowAnyException();
        }
        for (String newer : new String[] {"9.0", "10.0", "12.1"}) {
            assertThatThrownBy(() -> CudaRuntime.requireKnown(FIRST, newer))
                    .isInstanceOf(EngineUnavailableException.class)
                    .hasMessageContaining("compute capability " + newer)
                    .hasMessageContaining("CUDA 11.6")
                    .hasMessageContaining("engine: onednn");
        }
        assertThatThrownBy(() -> CudaRuntime.requireKnown(FIRST, "[N/A]"))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("check the driver");
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
