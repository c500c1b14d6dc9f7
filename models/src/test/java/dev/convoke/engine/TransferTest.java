package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.Transfer.Head;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransferTest {

    private static final ImageShape SHAPE = ImageShape.rgb(32);

    @Test
    void aClassKeepsItsPartOfTheOutputLayerWhereverItsLabelIsNow() throws IOException {
        NetworkJob trained = job("resnet", 3, 1);
        NetworkJob larger = job("resnet", 4, 2);

        FloatBuffer carried = larger.parametersFrom(
                saved(trained), List.of("cat", "dog", "eel"), List.of("dog", "cat", "ant", "eel"), Head.BY_NAME);

        FloatBuffer old = parameters(trained);
        FloatBuffer fresh = parameters(larger);
        Segment oldWeights = segment(trained, "predictions", "W");
        Segment weights = segment(larger, "predictions", "W");
        int width = weights.length() / 4;
        assertThat(width).isEqualTo(oldWeights.length() / 3);
        assertThat(column(carried, weights, 0, width)).isEqualTo(column(old, oldWeights, 1, width));
        assertThat(column(carried, weights, 1, width)).isEqualTo(column(old, oldWeights, 0, width));
        assertThat(column(carried, weights, 2, width)).isEqualTo(column(fresh, weights, 2, width));
        assertThat(column(carried, weights, 3, width)).isEqualTo(column(old, oldWeights, 2, width));
        assertThat(column(carried, weights, 0, width)).isNotEqualTo(column(fresh, weights, 0, width));
    }

    @Test
    void everythingBelowTheOutputIsTheTrainedNetworks() throws IOException {
        NetworkJob trained = job("resnet", 3, 1);
        NetworkJob other = job("resnet", 7, 2);

        FloatBuffer carried = other.parametersFrom(
                saved(trained), List.of("a", "b", "c"), List.of("1", "2", "3", "4", "5", "6", "7"), Head.BY_NAME);

        FloatBuffer old = parameters(trained);
        FloatBuffer fresh = parameters(other);
        for (Segment segment : other.layout().segments()) {
            boolean output = segment.layer().equals("predictions");
            FloatBuffer expected = output ? fresh : old;
            int from = output
                    ? segment.offset()
                    : segment(trained, segment.layer(), segment.parameter()).offset();
            assertThat(carried.slice(segment.offset(), segment.length()))
                    .as("%s of %s", segment.parameter(), segment.layer())
                    .isEqualTo(expected.slice(from, segment.length()));
        }
    }

    /** What both networks know they predict alike: with the classes exchanged, the probabilities are. */
    @Test
    void exchangedClassesGiveExchangedProbabilities() throws IOException {
        NetworkJob trained = job("resnet", 3, 1);
        NetworkJob exchanged = job("resnet", 3, 2);
        FloatBuffer carried = exchanged.parametersFrom(
                saved(trained), List.of("cat", "dog", "eel"), List.of("eel", "cat", "dog"), Head.BY_NAME);
        Minibatch batch = TestBatches.separable(SHAPE, 3, 2, 5);
        float[] before = new float[6];
        float[] after = new float[6];

        try (Replica old = trained.openReplica(1);
                Replica now = exchanged.openReplica(1)) {
            now.writeState(0, carried.duplicate());
            old.predict(batch, FloatBuffer.wrap(before));
            now.predict(batch, FloatBuffer.wrap(after));
        }

        assertThat(new float[] {after[1], after[2], after[0], after[4], after[5], after[3]})
                .containsExactly(before, offset(1e-6f));
    }

    @Test
    void aNewHeadStaysFreshWhateverTheNames() throws IOException {
        NetworkJob trained = job("resnet", 3, 1);
        NetworkJob other = job("resnet", 3, 2);
        List<String> labels = List.of("cat", "dog", "eel");

        FloatBuffer carried = other.parametersFrom(saved(trained), labels, labels, Head.NEW);

        Segment weights = segment(other, "predictions", "W");
        assertThat(carried.slice(weights.offset(), weights.length()))
                .isEqualTo(parameters(other).slice(weights.offset(), weights.length()));
    }

    @Test
    void anotherNetworkIsRefusedByTheLayerThatDiffers() throws IOException {
        SavedModel resnet = saved(job("resnet", 3, 1));
        SavedModel small = saved(job("vgg16", 3, 1, ImageShape.rgb(32)));
        List<String> labels = List.of("cat", "dog", "eel");

        assertThatThrownBy(() -> job("vgg16", 3, 1).parametersFrom(resnet, labels, labels, Head.BY_NAME))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of another kind")
                .hasMessageContaining("parameter arrays");
        assertThatThrownBy(() ->
                        job("vgg16", 3, 1, ImageShape.rgb(64)).parametersFrom(small, labels, labels, Head.BY_NAME))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its layer 'fc6' has")
                .hasMessageContaining("same architecture and input size, or from scratch");
    }

    private static NetworkJob job(String architecture, int classes, long seed) {
        return job(architecture, classes, seed, SHAPE);
    }

    private static NetworkJob job(String architecture, int classes, long seed, ImageShape shape) {
        return new NetworkJob(
                new NetworkSpec(architecture, shape, classes, null),
                new OptimizerSpec(0.9, 0, 0),
                seed,
                "onednn",
                Precision.FLOAT32,
                2);
    }

    private static FloatBuffer parameters(NetworkJob job) {
        try (Replica replica = job.openReplica(1)) {
            return FloatBuffer.wrap(States.parametersOf(replica));
        }
    }

    private static SavedModel saved(NetworkJob job) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        job.writeModel(parameters(job), bytes);
        return SavedModel.read(new ByteArrayInputStream(bytes.toByteArray()));
    }

    private static Segment segment(NetworkJob job, String layer, String parameter) {
        return job.layout().segments().stream()
                .filter(segment ->
                        segment.layer().equals(layer) && segment.parameter().equals(parameter))
                .findFirst()
                .orElseThrow();
    }

    private static FloatBuffer column(FloatBuffer parameters, Segment segment, int label, int width) {
        return parameters.slice(segment.offset() + label * width, width);
    }
}
