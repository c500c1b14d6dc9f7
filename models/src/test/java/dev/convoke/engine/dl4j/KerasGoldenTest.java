package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Rounding;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.States;
import dev.convoke.models.KerasGolden;
import java.nio.FloatBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each network computes what real Keras computes: predictions, loss, and steps of Nesterov with weight decay. */
class KerasGoldenTest {

    private static final double TOLERANCE = 1e-4;

    /** An activation that rounding moves across a ReLU's edge shows in the gradient of few-element arrays. */
    private static final double RESIDUAL_CHANGE_TOLERANCE = 5e-3;

    /** A bias before a batch norm has no gradient but rounding. */
    private static final double ROUNDING = 1e-7;

    @ParameterizedTest
    @ValueSource(strings = {"alexnet", "vgg16", "inception-v1", "inception-v1-notebook", "resnet", "resnet34"})
    void predictsAndLearnsAsKerasDoes(String name) {
        KerasGolden golden = KerasGolden.of(name);
        float[] before = golden.initialParameters();
        Minibatch batch = golden.batch();
        List<float[]> moved = IntStream.range(0, Rounding.TRIALS)
                .mapToObj(trial -> trained(golden, trial))
                .toList();
        try (Replica replica = new Dl4jEngine()
                .open(golden.configuration(), new ReplicaSettings(1, KerasGolden.BATCH, Precision.FLOAT32))) {
            replica.writeState(0, FloatBuffer.wrap(before));

            requireLogits(golden.results().get("logits"), replica, batch);
            for (JsonNode loss : golden.results().get("losses")) {
                double sum =
                        replica.train(batch, new Step(golden.learningRate(), 1)).lossSum();
                assertThat(sum / KerasGolden.BATCH)
                        .isCloseTo(loss.asDouble(), within(TOLERANCE * Math.max(1, loss.asDouble())));
            }
            requireLogits(golden.results().get("logits_after"), replica, batch);
            float[] after = States.parametersOf(replica);
            assertThat(replica.layout().segments())
                    .hasSize(golden.results().get("arrays").size());
            for (Segment segment : replica.layout().segments()) {
                double change = change(segment, before, after);
                double noise = moved.stream()
                        .mapToDouble(state -> Math.abs(change(segment, before, state) - change))
                        .max()
                        .orElseThrow();
                requireChange(golden, segment, before, after, Rounding.TIMES_THE_NOISE * noise);
            }
        }
    }

    /** Returns the parameters after training on images of which each value is moved a little, up or down. */
    private static float[] trained(KerasGolden golden, int trial) {
        Minibatch batch = Rounding.moved(golden.batch(), trial);
        try (Replica replica = new Dl4jEngine()
                .open(golden.configuration(), new ReplicaSettings(1, KerasGolden.BATCH, Precision.FLOAT32))) {
            replica.writeState(0, FloatBuffer.wrap(golden.initialParameters()));
            for (int step = 0; step < golden.results().get("losses").size(); step++) {
                replica.train(batch, new Step(golden.learningRate(), 1));
            }
            return States.parametersOf(replica);
        }
    }

    /** Returns the norm of what training added. */
    private static double change(Segment segment, float[] before, float[] after) {
        double squares = 0;
        for (int i = segment.offset(); i < segment.offset() + segment.length(); i++) {
            double change = (double) after[i] - before[i];
            squares += change * change;
        }
        return Math.sqrt(squares);
    }

    /** Differences between logits are what the logarithms of probabilities keep. */
    private static void requireLogits(JsonNode expected, Replica replica, Minibatch batch) {
        int classes = batch.classes();
        float[] probabilities = new float[batch.size() * classes];
        replica.predict(batch, FloatBuffer.wrap(probabilities));
        for (int row = 0; row < batch.size(); row++) {
            JsonNode logits = expected.get(row);
            double largest = 0;
            for (JsonNode logit : logits) {
                largest = Math.max(largest, Math.abs(logit.asDouble()));
            }
            for (int c = 1; c < classes; c++) {
                double actual = Math.log(probabilities[row * classes + c]) - Math.log(probabilities[row * classes]);
                double keras = logits.get(c).asDouble() - logits.get(0).asDouble();
                assertThat(actual)
                        .as("example %d, class %d", row, c)
                        .isCloseTo(keras, within(TOLERANCE * Math.max(1, largest)));
            }
        }
    }

    private static void requireChange(
            KerasGolden golden, Segment segment, float[] before, float[] after, double noise) {
        String name = KerasGolden.nameOf(segment);
        JsonNode expected = golden.results().get("arrays").get(name);
        double largest = 0;
        for (int i = segment.offset(); i < segment.offset() + segment.length(); i++) {
            largest = Math.max(largest, Math.abs(after[i]));
        }
        double norm = expected.get("change").asDouble();
        double tolerance = golden.name().startsWith("resnet") ? RESIDUAL_CHANGE_TOLERANCE : TOLERANCE;
        assertThat(change(segment, before, after))
                .as("change of %s", name)
                .isCloseTo(norm, within(Math.max(tolerance * norm, noise) + ROUNDING * largest));
        for (Iterator<Map.Entry<String, JsonNode>> samples =
                        expected.get("after").fields();
                samples.hasNext(); ) {
            Map.Entry<String, JsonNode> sample = samples.next();
            assertThat((double) after[segment.offset() + Integer.parseInt(sample.getKey())])
                    .as("%s[%s]", name, sample.getKey())
                    .isCloseTo(sample.getValue().asDouble(), within(TOLERANCE * largest));
        }
    }
}
