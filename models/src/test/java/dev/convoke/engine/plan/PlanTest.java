package dev.convoke.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.learning.config.Adam;

class PlanTest {

    @ParameterizedTest
    @ValueSource(strings = {"alexnet", "vgg16", "inception-v1", "inception-v1-notebook", "resnet", "resnet34"})
    void everyNodeHasTheShapeDl4jGivesItsLayer(String architecture) {
        ImageShape input = new ImageShape(3, 117, 99);
        ComputationGraphConfiguration network = network(architecture, input);
        Map<String, InputType> expected = network.getLayerActivationTypes(
                true, false, InputType.convolutional(input.height(), input.width(), input.channels()));
        Plan plan = GraphReader.read(network).plan(input);
        for (Node node : plan.nodes()) {
            InputType type = expected.get(node.layer());
            if (type != null) {
                assertThat((long) node.shape().valueCount()).as(node.layer()).isEqualTo(type.arrayElementsPerExample());
            }
        }
        assertThat(plan.classes()).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"alexnet, 1.006", "vgg16, 15.466", "inception-v1, 1.582", "resnet, 49.412", "resnet34, 3.663"})
    void multiplyAddsAreThoseOfTheArchitecture(String architecture, double billions) {
        ImageShape input = ImageShape.rgb(224);
        Plan plan = GraphReader.read(network(architecture, input)).plan(input);
        long sum = plan.nodes().stream().mapToLong(plan::multiplyAdds).sum();
        assertThat(sum / 1e9).isBetween(billions - 0.002, billions + 0.002);
    }

    @Test
    void aReluIsJoinedToTheBatchNormAndAnAdditionToTheConvolutionBeforeIt() {
        ImageShape input = ImageShape.rgb(32);
        List<String> titles = GraphReader.read(network("resnet", input)).plan(input).nodes().stream()
                .map(node -> node.operation().title())
                .toList();
        assertThat(titles).contains("Convolution+Add", "BatchNorm+ReLU").doesNotContain("Relu", "Addition");
    }

    @Test
    void aValueWithTwoReadersIsNotJoinedAway() {
        ImageShape input = ImageShape.rgb(32);
        List<String> titles = GraphReader.read(network("resnet34", input)).plan(input).nodes().stream()
                .map(node -> node.operation().title())
                .toList();
        assertThat(titles.stream().filter("Addition+ReLU"::equals)).hasSize(16);
    }

    @Test
    void everyLayerThatCannotBeComputedIsRefusedByNameAndReason() {
        refuses("pool1", layer -> ((SubsamplingLayer) layer).setPoolingType(PoolingType.PNORM), "it pools by PNORM");
        refuses("conv1", layer -> ((ConvolutionLayer) layer).setDilation(new int[] {2, 2}), "it is dilated");
        refuses("fc3", layer -> ((BaseLayer) layer).setIUpdater(new Adam()), "its updater is Adam");
        refuses("dropout3", layer -> layer.setIDropout(new GaussianNoise(0.1)), "its dropout is not DL4J's plain one");
        refuses(
                "conv1",
                layer -> ((BaseLayer) layer).setGradientNormalization(GradientNormalization.RenormalizeL2PerLayer),
                "its gradient is normalised by RenormalizeL2PerLayer");
    }

    @Test
    void aVertexThatCannotBeComputedIsRefusedByName() {
        ComputationGraphConfiguration network = TinyNetwork.configure(OptimizerSpec.SGD, 0.5, 1);
        ((ElementWiseVertex) Objects.requireNonNull(network.getVertices().get("add")))
                .setOp(ElementWiseVertex.Op.Product);
        assertThatThrownBy(() -> GraphReader.read(network))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessage("Layer 'add' of type ElementWiseVertex cannot be compiled: no operation computes it");
    }

    @Test
    void anImageTooSmallForAWindowIsRefusedWithTheLayer() {
        Graph graph = GraphReader.read(network("alexnet", ImageShape.rgb(67)));
        assertThatThrownBy(() -> graph.plan(ImageShape.rgb(8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Layer 'conv1' does not fit")
                .hasMessageContaining("a window of 11 x 11 does not fit an input of 8 x 8");
    }

    private static void refuses(String name, Consumer<Layer> change, String reason) {
        ComputationGraphConfiguration network = TinyNetwork.configure(OptimizerSpec.SGD, 0.5, 1);
        LayerVertex vertex =
                (LayerVertex) Objects.requireNonNull(network.getVertices().get(name));
        change.accept(vertex.getLayerConf().getLayer());
        assertThatThrownBy(() -> GraphReader.read(network))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("Layer '" + name + "' of type ")
                .hasMessageContaining("cannot be compiled: " + reason);
    }

    private static ComputationGraphConfiguration network(String architecture, ImageShape input) {
        return ModelCatalog.configure(new NetworkSpec(architecture, input, 10, null), OptimizerSpec.SGD, 1);
    }
}
