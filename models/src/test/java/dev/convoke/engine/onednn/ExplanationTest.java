package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.onednn.Explanation.Purpose;
import dev.convoke.engine.onednn.Explanation.Row;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a plan says of itself. */
class ExplanationTest {

    private static final int BATCH = 2;

    @ParameterizedTest
    @CsvSource({"alexnet", "vgg16", "inception-v1", "inception-v1-notebook", "resnet", "resnet34"})
    void nothingIsLeftToTheImplementationsThatTakeHundredsOfTimesAsLong(String architecture) {
        NetworkSpec network = new NetworkSpec(architecture, ImageShape.rgb(67), 10, null);
        for (Precision precision : Cpu.hasBfloat16()
                ? new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}
                : new Precision[] {Precision.FLOAT32}) {
            NetworkJob job = new NetworkJob(network, new OptimizerSpec(0.9, 0, 0), 1, "onednn", precision, 2);
            for (Purpose purpose : Purpose.values()) {
                assertThat(Explanation.of(job, 2, purpose, 0).rows())
                        .extracting(Row::implementation)
                        .as("%s in %s", purpose, precision)
                        .isNotEmpty()
                        .noneMatch(implementation -> implementation.startsWith("ref"));
            }
        }
    }

    @Test
    void anExplanationListsEveryOperationWithItsImplementation() {
        Explanation training = Explanation.of(resnet34(), 2, Purpose.TRAINING, 1);
        Explanation prediction = Explanation.of(resnet34(), 2, Purpose.PREDICTION, 0);
        assertThat(training.rows().stream().filter(row -> row.operation().equals("weight gradient")))
                .hasSize(37)
                .allSatisfy(row -> assertThat(row.implementation()).doesNotStartWith("ref"));
        assertThat(training.rows().stream().filter(row -> row.operation().equals("data gradient")))
                .as("none for the image")
                .hasSize(36)
                .noneMatch(row -> row.layer().equals("conv1"));
        assertThat(prediction.rows()).hasSizeLessThan(training.rows().size() / 2);
        assertThat(training.text()).contains("conv1", "BatchNorm+ReLU", "MB parameters and momentum");
        assertThat(training.compileMilliseconds()).isPositive();
    }

    @Test
    void aConvolutionsShapeLayoutBytesAndFlopsAreThoseOfItsFormula() {
        List<Row> rows = Explanation.of(resnet34(), 2, Purpose.TRAINING, 0).rows();

        // 64 filters of 7x7 over 3 channels, every second of 32x32 pixels.
        long outputs = 64L * 16 * 16;
        long multiplyAdds = outputs * 3 * 7 * 7;
        long weights = 64L * 3 * 7 * 7;
        Row forward = only(rows, "conv1", "Convolution");
        assertThat(forward.shape()).isEqualTo(BATCH + "x64x16x16");
        assertThat(forward.layout()).startsWith("aBcd");
        assertThat(forward.flops()).isEqualTo(2 * BATCH * multiplyAdds);
        // Blocks of a vector may hold more than the three channels and the filters there are.
        assertThat(forward.bytes())
                .isBetween(
                        Float.BYTES * (BATCH * (3L * 32 * 32 + outputs) + weights),
                        Float.BYTES * (BATCH * (16L * 32 * 32 + outputs) + 16 * weights));
        Row gradient = only(rows, "conv1", "weight gradient");
        assertThat(gradient.shape()).isEqualTo("64x3x7x7");
        assertThat(gradient.flops()).isEqualTo(2 * BATCH * multiplyAdds);
    }

    @Test
    void aTrainingStepTakesThreeTimesAPredictionsFlopsButForTheImagesGradient() {
        List<Row> training = Explanation.of(resnet34(), 2, Purpose.TRAINING, 0).rows();
        List<Row> prediction =
                Explanation.of(resnet34(), 2, Purpose.PREDICTION, 0).rows();

        long first = only(prediction, "conv1", "Convolution").flops();
        assertThat(flops(prediction)).isPositive();
        assertThat(flops(training)).isEqualTo(3 * flops(prediction) - first);
    }

    private static long flops(List<Row> rows) {
        return rows.stream().mapToLong(Row::flops).sum();
    }

    private static Row only(List<Row> rows, String layer, String operation) {
        List<Row> found = rows.stream()
                .filter(row -> row.layer().equals(layer) && row.operation().startsWith(operation))
                .toList();
        assertThat(found).as("%s of %s in %s", operation, layer, rows).hasSize(1);
        return found.get(0);
    }

    private static NetworkJob resnet34() {
        NetworkSpec resnet = new NetworkSpec("resnet34", ImageShape.rgb(32), 10, null);
        return new NetworkJob(resnet, new OptimizerSpec(0.9, 0, 0), 1, "onednn", Precision.FLOAT32, BATCH);
    }
}
