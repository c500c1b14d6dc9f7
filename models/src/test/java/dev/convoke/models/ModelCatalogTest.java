package dev.convoke.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.distribution.UniformDistribution;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInitDistribution;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCatalogTest {

    @ParameterizedTest
    @CsvSource({
        "alexnet, 46793482, 46790730, 4096",
        "vgg16, 134301514, 134301514, 4096",
        "inception-v1, 5983802, 5983802, 1024",
        "inception-v1-notebook, 5864762, 5864762, 1024",
        "resnet, 15865750, 15853328, 25088",
        "resnet34, 21306826, 21289802, 512"
    })
    void parametersAreKerasToTheLastOne(String name, long total, long trainable, long features) {
        NetworkSummary ten = NetworkSummary.of(spec(name, 224, 10, null));
        NetworkSummary thousand = NetworkSummary.of(spec(name, 224, 1000, null));

        assertThat(ten.totalParameters()).isEqualTo(total);
        assertThat(ten.trainableParameters()).isEqualTo(trainable);
        assertThat(ten.nonTrainable()).isEqualTo(total - trainable);
        long moreClasses = (1000 - 10) * (features + 1);
        assertThat(thousand.totalParameters()).isEqualTo(total + moreClasses);
        assertThat(thousand.trainableParameters()).isEqualTo(trainable + moreClasses);
    }

    @ParameterizedTest
    @CsvSource({"alexnet, 67", "vgg16, 32", "inception-v1, 1", "inception-v1-notebook, 15", "resnet, 25", "resnet34, 1"
    })
    void theSmallestInputIsWhatTheGraphAllows(String name, int pixels) {
        assertThat(ModelCatalog.find(name).smallestInputPixels()).isEqualTo(pixels);
        assertThat(layersLargerThanTheirInput(name, pixels)).isEmpty();
        if (pixels > 1) {
            assertThat(layersLargerThanTheirInput(name, pixels - 1)).isNotEmpty();
        }
    }

    @Test
    void aTooSmallInputIsRefusedWithTheFigure() {
        assertThatThrownBy(() -> ModelCatalog.configure(spec("alexnet", 66, 10, null), OptimizerSpec.SGD, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'alexnet' needs images of at least 67 px, got 66 x 66: choose a larger input size, at"
                        + " least 67, or another architecture");
    }

    @Test
    void anUnknownNameNamesTheNearestAndAll() {
        assertThatThrownBy(() -> ModelCatalog.find("ResNet-34"))
                .isInstanceOf(UnknownArchitectureException.class)
                .hasMessage("Unknown architecture 'ResNet-34': did you mean 'resnet34'? There are alexnet, vgg16,"
                        + " inception-v1, inception-v1-notebook, resnet, resnet34");
    }

    @Test
    void dropoutIsADropRateAfterTheLayer() {
        assertThat(retained(spec("alexnet", 67, 10, null), "dropout6")).isEqualTo(0.5);
        assertThat(retained(spec("inception-v1", 32, 10, null), "dropout5")).isEqualTo(0.6);
        assertThat(retained(spec("vgg16", 32, 10, 0.3), "dropout7")).isEqualTo(0.7);
        assertThat(configure(spec("alexnet", 67, 10, 0.0)).getVertices()).doesNotContainKey("dropout6");
        assertThat(configure(spec("vgg16", 32, 10, null)).getVertices()).doesNotContainKey("dropout6");
    }

    @Test
    void dropoutWithoutAPlaceForItIsRefused() {
        assertThatThrownBy(() -> configure(spec("resnet34", 32, 10, 0.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'resnet34' has no place for dropout, but a rate of 0.5 is asked for: leave the dropout rate"
                                + " out, or set it to 0");
        assertThatCode(() -> configure(spec("resnet34", 32, 10, 0.0))).doesNotThrowAnyException();
    }

    @Test
    void aStridedConvolutionIsInitialisedWithKerasFanOut() {
        ConvolutionLayer layer = (ConvolutionLayer) layer(spec("alexnet", 67, 10, null), "conv1");

        double limit = Math.sqrt(6.0 / (11 * 11 * 3 + 11 * 11 * 96));
        assertThat(((WeightInitDistribution) layer.getWeightInitFn()))
                .isEqualTo(new WeightInitDistribution(new UniformDistribution(-limit, limit)));
    }

    @Test
    void equalArgumentsGiveEqualConfigurations() {
        for (String name : ModelCatalog.names()) {
            NetworkSpec spec = spec(name, 96, 10, null);
            OptimizerSpec optimizer = new OptimizerSpec(0.9, 1e-4, 1);

            String first = ModelCatalog.configure(spec, optimizer, 7).toJson();

            assertThat(ModelCatalog.configure(spec, optimizer, 7).toJson()).isEqualTo(first);
            assertThat(ModelCatalog.configure(spec, optimizer, 8).toJson()).isNotEqualTo(first);
        }
    }

    @Test
    void theJsonGivesTheSameConfigurationBack() {
        for (String name : ModelCatalog.names()) {
            ComputationGraphConfiguration graph = configure(spec(name, 96, 10, null));

            String json = graph.toJson();

            assertThat(ComputationGraphConfiguration.fromJson(json).toJson()).isEqualTo(json);
        }
    }

    @Test
    void valuesThatCannotTrainAreRefused() {
        assertThatThrownBy(() -> new OptimizerSpec(1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Momentum must be in [0, 1), got 1.0");
        assertThatThrownBy(() -> new OptimizerSpec(0, Double.NaN, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Weight decay must be 0 or more, got NaN");
        assertThatThrownBy(() -> new OptimizerSpec(0, 0, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clipping limit must be 0 (none) or more, got -1.0");
        assertThatThrownBy(() -> spec("alexnet", 67, 1, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 2 classes, got 1");
        assertThatThrownBy(() -> spec("alexnet", 67, 10, 1.0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("in [0, 1), got 1.0");
    }

    /** DL4J itself builds such graphs: its sizes are rounded towards zero, not down. */
    private static List<String> layersLargerThanTheirInput(String name, int pixels) {
        ComputationGraphConfiguration graph =
                ModelCatalog.find(name).configure(spec(name, pixels, 10, null), OptimizerSpec.SGD, 1);
        Map<String, Long> heights = new HashMap<>();
        List<String> tooLarge = new ArrayList<>();
        for (NetworkSummary.Row row :
                NetworkSummary.of(name, graph, ImageShape.rgb(pixels)).rows()) {
            heights.put(
                    row.name(),
                    row.outputShape().size() == 3 ? row.outputShape().get(1) : 0L);
            int kernel = graph.getVertices().get(row.name()) instanceof LayerVertex vertex
                    ? validKernel(vertex.getLayerConf().getLayer())
                    : 0;
            if (kernel > 0 && heights.getOrDefault(row.connectedTo().get(0), 0L) < kernel) {
                tooLarge.add(row.name());
            }
        }
        return tooLarge;
    }

    private static int validKernel(Layer layer) {
        if (layer instanceof ConvolutionLayer convolution) {
            return convolution.getConvolutionMode() == ConvolutionMode.Truncate
                    ? convolution.getKernelSize()[0]
                    : 0;
        }
        if (layer instanceof SubsamplingLayer pool) {
            return pool.getConvolutionMode() == ConvolutionMode.Truncate ? pool.getKernelSize()[0] : 0;
        }
        return 0;
    }

    private static double retained(NetworkSpec spec, String layer) {
        return ((Dropout) ((DropoutLayer) layer(spec, layer)).getIDropout()).getP();
    }

    private static Layer layer(NetworkSpec spec, String name) {
        LayerVertex vertex = (LayerVertex) configure(spec).getVertices().get(name);
        return Objects.requireNonNull(vertex, name).getLayerConf().getLayer();
    }

    private static ComputationGraphConfiguration configure(NetworkSpec spec) {
        return ModelCatalog.configure(spec, OptimizerSpec.SGD, 1);
    }

    private static NetworkSpec spec(String name, int pixels, int classes, @Nullable Double dropout) {
        return new NetworkSpec(name, ImageShape.rgb(pixels), classes, dropout);
    }
}
