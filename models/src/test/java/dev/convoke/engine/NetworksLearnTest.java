package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Replica.StepResult;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every network can learn eight images by heart; one that is wired wrongly somewhere cannot. */
class NetworksLearnTest {

    private static final int EXAMPLES = 8;
    private static final int CLASSES = 4;
    private static final int MOST_STEPS = 200;

    /** So often in a row everything must be right: once may be luck. */
    private static final int IN_A_ROW = 3;

    @ParameterizedTest
    @CsvSource({
        "alexnet, 67, 0.01",
        "vgg16, 32, 0.01",
        "inception-v1, 32, 0.02",
        "inception-v1-notebook, 32, 0.02",
        "resnet, 32, 0.01",
        "resnet34, 32, 0.01"
    })
    void eightImagesAreLearntByHeart(String architecture, int pixels, double learningRate) {
        ImageShape shape = ImageShape.rgb(pixels);
        Minibatch batch = patterns(shape);
        NetworkJob job = new NetworkJob(
                new NetworkSpec(architecture, shape, CLASSES, 0.0),
                new OptimizerSpec(0.9, 0, 0),
                3,
                "auto",
                Precision.FLOAT32,
                EXAMPLES);
        try (Replica replica = job.openReplica(2)) {
            StepResult first = replica.train(batch, new Step(learningRate, 0));

            int inARow = 0;
            StepResult last = first;
            for (int step = 1; step < MOST_STEPS && inARow < IN_A_ROW; step++) {
                last = replica.train(batch, new Step(learningRate, step));
                inARow = last.correct() == EXAMPLES ? inARow + 1 : 0;
            }

            assertThat(inARow).as("%s ended with %s", architecture, last).isEqualTo(IN_A_ROW);
            assertThat(last.lossSum()).isLessThan(first.lossSum());
        }
    }

    /** Eight images, each a tint under a wave of its own; two of each class, which have nothing in common. */
    private static Minibatch patterns(ImageShape shape) {
        Minibatch batch = new Minibatch(shape, CLASSES, EXAMPLES);
        batch.resize(EXAMPLES);
        Random random = new Random(5);
        int at = 0;
        for (int example = 0; example < EXAMPLES; example++) {
            double across = random.nextDouble() * 36 / shape.width();
            double down = random.nextDouble() * 36 / shape.height();
            for (int channel = 0; channel < shape.channels(); channel++) {
                double tint = random.nextDouble() * 2 - 1;
                for (int y = 0; y < shape.height(); y++) {
                    for (int x = 0; x < shape.width(); x++) {
                        double value = tint + Math.sin(across * x + down * y) / 2 + random.nextGaussian() / 5;
                        batch.images().put(at++, (float) (4 * value));
                    }
                }
            }
            batch.target(example, example % CLASSES, 0);
        }
        return batch;
    }
}
