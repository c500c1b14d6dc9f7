package dev.convoke.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkSummaryTest {

    @Test
    void showsEachLayerAsKerasDoes() {
        NetworkSummary summary = summary("alexnet");

        assertThat(summary.rows().subList(0, 5))
                .containsExactly(
                        new NetworkSummary.Row("input", "InputLayer", List.of(3L, 224L, 224L), 0, 0, List.of()),
                        row("conv1", "Conv2D", List.of(96L, 54L, 54L), 34944, 34944, "input"),
                        row("bn1", "BatchNormalization", List.of(96L, 54L, 54L), 384, 192, "conv1"),
                        row("pool1", "MaxPooling2D", List.of(96L, 26L, 26L), 0, 0, "bn1"),
                        row("conv2", "Conv2D", List.of(256L, 26L, 26L), 614656, 614656, "pool1"));
        assertThat(summary.rows()).extracting(NetworkSummary.Row::type).contains("Flatten", "Dense", "Dropout");
        assertThat(summary.rows().get(summary.rows().size() - 1))
                .isEqualTo(row("predictions", "Dense", List.of(10L), 40970, 40970, "dropout7"));
    }

    @Test
    void textEndsInTheTotals() {
        String text = summary("resnet").text();

        assertThat(text.lines()
                        .toList()
                        .subList(
                                text.lines().toList().size() - 3,
                                text.lines().toList().size()))
                .containsExactly(
                        "Total params: 15,865,750", "Trainable params: 15,853,328", "Non-trainable params: 12,422");
        assertThat(text).contains("stage2_block1_add (Add)").contains("(None, 128, 112, 112)");
        assertThat(text.lines()).anyMatch(line -> line.endsWith("stage2_block1_projection, stage2_block1_conv2"));
    }

    @Test
    void outputShapesAreThoseOfThePapers() {
        assertThat(shapeOf("vgg16", "pool5")).containsExactly(512L, 7L, 7L);
        assertThat(shapeOf("inception-v1", "pool2")).containsExactly(192L, 28L, 28L);
        assertThat(shapeOf("inception-v1", "inception5b")).containsExactly(1024L, 7L, 7L);
        assertThat(shapeOf("inception-v1", "pool5")).containsExactly(1024L);
        assertThat(shapeOf("inception-v1-notebook", "pool1")).containsExactly(192L, 111L, 111L);
        assertThat(shapeOf("inception-v1-notebook", "inception4a")).containsExactly(512L, 55L, 55L);
        assertThat(shapeOf("inception-v1-notebook", "inception5b")).containsExactly(1024L, 27L, 27L);
        assertThat(shapeOf("resnet", "stage1_block2_relu2")).containsExactly(64L, 224L, 224L);
        assertThat(shapeOf("resnet", "pool")).containsExactly(512L, 7L, 7L);
        assertThat(shapeOf("resnet34", "stage4_block3_add")).containsExactly(512L, 7L, 7L);
        for (String name : ModelCatalog.names()) {
            assertThat(shapeOf(name, "predictions")).containsExactly(10L);
        }
    }

    private static List<Long> shapeOf(String architecture, String layer) {
        return summary(architecture).rows().stream()
                .filter(row -> row.name().equals(layer))
                .findFirst()
                .orElseThrow()
                .outputShape();
    }

    private static NetworkSummary summary(String architecture) {
        return NetworkSummary.of(new NetworkSpec(architecture, ImageShape.rgb(224), 10, null));
    }

    private static NetworkSummary.Row row(
            String name, String type, List<Long> shape, long parameters, long trainable, String from) {
        return new NetworkSummary.Row(name, type, shape, parameters, trainable, List.of(from));
    }
}
