package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.dl4j.NativeRuntime;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class StateLayoutsTest {

    private static final OptimizerSpec MOMENTUM = new OptimizerSpec(0.9, 1e-4, 1);

    @BeforeAll
    static void loadNatives() {
        NativeRuntime.prepare();
    }

    @Test
    void everySegmentIsWhereDl4jHasIt() {
        requireEqual(TinyNetwork.configure(MOMENTUM, 0.4, 1));
        requireEqual(
                ModelCatalog.configure(new NetworkSpec("inception-v1", ImageShape.rgb(32), 10, null), MOMENTUM, 1));
    }

    @Test
    void plainSgdKeepsNoUpdaterState() {
        assertThat(StateLayouts.of(TinyNetwork.plain(OptimizerSpec.SGD, 1)).updaterStateCount())
                .isZero();
    }

    @Test
    void batchNormStatisticsHaveNoUpdaterState() {
        StateLayout layout = StateLayouts.of(TinyNetwork.configure(MOMENTUM, 0.4, 1));

        int statistics = layout.segments().stream()
                .filter(segment -> segment.kind() == Kind.MEAN || segment.kind() == Kind.VARIANCE)
                .mapToInt(Segment::length)
                .sum();
        assertThat(statistics).isEqualTo(2 * (3 + 4));
        assertThat(layout.updaterStateCount()).isEqualTo(layout.parameterCount() - statistics);
    }

    @Test
    void askingChangesNothingInTheConfiguration() {
        ComputationGraphConfiguration configuration = TinyNetwork.configure(MOMENTUM, 0.4, 1);
        configuration.setTopologicalOrder(null);
        String before = configuration.toJson();

        StateLayouts.of(configuration);

        assertThat(configuration.toJson()).isEqualTo(before);
    }

    @Test
    void aLayerOfAnotherKindIsNamed() {
        ComputationGraphConfiguration logarithmic = new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("input")
                .addLayer(
                        "odd", new BatchNormalization.Builder().useLogStd(true).build(), "input")
                .addLayer(
                        "output",
                        new OutputLayer.Builder(new LossMCXENT()).nOut(2).build(),
                        "odd")
                .setOutputs("output")
                .setInputTypes(InputType.feedForward(4))
                .validateOutputLayerConfig(false)
                .build();

        assertThatThrownBy(() -> StateLayouts.of(logarithmic))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("No state layout for layer 'odd' of type BatchNormalization");
    }

    private static void requireEqual(ComputationGraphConfiguration configuration) {
        StateLayout layout = StateLayouts.of(configuration);
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();

        assertThat(layout.parameterCount()).isEqualTo((int) graph.numParams());
        assertThat(layout.updaterStateCount())
                .isEqualTo((int) graph.getUpdater().getStateViewArray().length());
        int offset = 0;
        for (Segment segment : layout.segments()) {
            INDArray array = graph.getLayer(segment.layer()).getParam(segment.parameter());
            assertThat(segment.offset()).isEqualTo(offset);
            assertThat((int) array.offset()).as(segment.toString()).isEqualTo(segment.offset());
            assertThat((int) array.length()).as(segment.toString()).isEqualTo(segment.length());
            offset += segment.length();
        }
        assertThat(offset).isEqualTo(layout.parameterCount());
        graph.close();
    }
}
