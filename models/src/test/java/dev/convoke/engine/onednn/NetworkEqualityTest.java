package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Rounding;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.States;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The networks as both engines train them. Deep batch norm amplifies rounding, so the measure is what one unit in the
 * last place of the images does to DL4J itself: the engines may differ by a few times that, or by 1e-4.
 */
class NetworkEqualityTest {

    private static final int EXAMPLES = 4;
    private static final int CLASSES = 4;
    private static final double LEARNING_RATE = 1e-3;
    private static final double SAME = 1e-4;

    @ParameterizedTest
    @CsvSource({
        "alexnet, 67",
        "vgg16, 32",
        "inception-v1, 32",
        "inception-v1-notebook, 32",
        "resnet, 32",
        "resnet34, 32"
    })
    void bothEnginesTakeTheSameStep(String architecture, int pixels) {
        ImageShape shape = ImageShape.rgb(pixels);
        Minibatch images = images(shape);
        float[] dl4j = trained("dl4j", architecture, images);
        List<float[]> moved = IntStream.range(0, Rounding.TRIALS)
                .mapToObj(trial -> trained("dl4j", architecture, Rounding.moved(images(shape), trial)))
                .toList();
        float[] onednn = trained("onednn", architecture, images);

        StateLayout layout = job("dl4j", architecture, shape).layout();
        for (Segment segment : layout.segments()) {
            if (segment.kind() == Kind.BIAS) {
                // Before batch norm a bias has no gradient but rounding, which has no size to compare with.
                continue;
            }
            double noise = moved.stream()
                    .mapToDouble(state -> distance(dl4j, state, segment))
                    .max()
                    .orElseThrow();
            double expected = Math.max(SAME, Rounding.TIMES_THE_NOISE * noise);
            assertThat(distance(dl4j, onednn, segment))
                    .as("%s of %s", segment.parameter(), segment.layer())
                    .isLessThan(expected);
        }
    }

    private static float[] trained(String engine, String architecture, Minibatch batch) {
        try (Replica replica = job(engine, architecture, batch.shape()).openReplica(2)) {
            replica.train(batch, new Step(LEARNING_RATE, 1));
            return States.of(replica);
        }
    }

    private static NetworkJob job(String engine, String architecture, ImageShape shape) {
        return new NetworkJob(
                new NetworkSpec(architecture, shape, CLASSES, 0.0),
                new OptimizerSpec(0.9, 1e-4, 0),
                3,
                engine,
                Precision.FLOAT32,
                EXAMPLES);
    }

    /** Returns the difference's norm relative to the first's. */
    private static double distance(float[] one, float[] other, Segment segment) {
        double difference = 0;
        double norm = 0;
        for (int i = segment.offset(); i < segment.offset() + segment.length(); i++) {
            difference += Math.pow((double) one[i] - other[i], 2);
            norm += Math.pow(one[i], 2);
        }
        return Math.sqrt(difference / Math.max(norm, Float.MIN_NORMAL));
    }

    private static Minibatch images(ImageShape shape) {
        Minibatch batch = new Minibatch(shape, CLASSES, EXAMPLES);
        batch.resize(EXAMPLES);
        Random random = new Random(5);
        for (int i = 0; i < EXAMPLES * shape.valueCount(); i++) {
            batch.images().put(i, (float) random.nextGaussian());
        }
        for (int example = 0; example < EXAMPLES; example++) {
            batch.target(example, example % CLASSES, 0);
        }
        return batch;
    }
}
