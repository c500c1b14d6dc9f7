package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FeedSettings.Sampling;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What of one example reaches the network: its target, and each time it is drawn other pixels. */
class DrawnExamplesTest {

    /** One example of class 1 among eleven of class 0; none of class 2. */
    private static final int EXAMPLES = 12;

    @Test
    void smoothingSpreadsItsShareOfATargetOverAllClasses() {
        Minibatch minibatch = new Minibatch(FakeKit.SHAPE, 10, 2);
        minibatch.resize(2);

        minibatch.target(0, 7, 0.1);
        minibatch.target(1, 0, 0);

        for (int c = 0; c < 10; c++) {
            assertThat(minibatch.targets().get(c)).isEqualTo((float) (c == 7 ? 1 - 0.1 + 0.1 / 10 : 0.1 / 10));
            assertThat(minibatch.targets().get(10 + c)).isEqualTo(c == 0 ? 1f : 0f);
        }
    }

    @Test
    void theRecipesSmoothingIsInEveryTarget() {
        for (Row row : fed(Sampling.UNIFORM, 0.3)) {
            float[] expected = {0.1f, 0.1f, 0.1f};
            expected[row.example() == 0 ? 1 : 0] = 0.8f;
            assertThat(row.target()).isEqualTo(expected);
        }
    }

    @Test
    void anExampleThatBalancingRepeatsIsVariedAnotherWayEachTime() {
        List<Row> rows = fed(Sampling.BALANCED, 0);

        List<Row> rare = rows.stream().filter(row -> row.example() == 0).toList();
        assertThat(rare).hasSize(EXAMPLES / 2);
        assertThat(rare.stream().map(Row::key).distinct()).hasSize(EXAMPLES / 2);
        assertThat(rows.stream().map(Row::key).distinct()).hasSize(EXAMPLES);
        assertThat(keys(fed(Sampling.BALANCED, 0))).isEqualTo(keys(rows));
    }

    private static List<Long> keys(List<Row> rows) {
        return rows.stream().map(Row::key).toList();
    }

    /** One image of a minibatch: which example, by which key it was varied, and its target. */
    private record Row(int example, long key, List<Float> targets) {

        float[] target() {
            return new float[] {targets.get(0), targets.get(1), targets.get(2)};
        }
    }

    /** Returns the rows of the first epoch. */
    private static List<Row> fed(Sampling sampling, double smoothing) {
        TrainingSettings settings =
                new TrainingSettings(23, 1, 5, 1, Averaging.every(2), LearningRate.constant(0.1), smoothing, EXAMPLES);
        RunPlan plan = new RunPlan(settings, EXAMPLES);
        List<Row> rows = new ArrayList<>();
        try (MinibatchFeed feed = new MinibatchFeed(new Kit(sampling), plan, 0)) {
            for (int step = 0; step < plan.minibatchesOf(0); step++) {
                Minibatch minibatch = feed.take(0, step);
                for (int row = 0; row < minibatch.size(); row++) {
                    float[] image = minibatch.values(row);
                    long key = ((long) Float.floatToRawIntBits(image[1]) << 32)
                            | (Float.floatToRawIntBits(image[2]) & 0xFFFF_FFFFL);
                    List<Float> targets = new ArrayList<>();
                    for (int c = 0; c < FakeKit.CLASSES; c++) {
                        targets.add(minibatch.targets().get(row * FakeKit.CLASSES + c));
                    }
                    rows.add(new Row((int) image[0], key, targets));
                }
                feed.giveBack(minibatch);
            }
        }
        return rows;
    }

    /** Writes down, where pixels would be, which example is loaded and by which key. */
    private static final class Noting implements ImageLoader {
        @Override
        public void load(Example example, long key, FloatBuffer images, int offset) {
            images.put(offset, FakeExamples.number(example));
            images.put(offset + 1, Float.intBitsToFloat((int) (key >>> 32)));
            images.put(offset + 2, Float.intBitsToFloat((int) key));
        }

        @Override
        public int valueCount() {
            return FakeKit.SHAPE.valueCount();
        }
    }

    private record Kit(Sampling sampling) implements WorkerKit {

        @Override
        public FeedSettings feed() {
            return new FeedSettings(1, 2, sampling, 0, List.of());
        }

        @Override
        public ExampleGroups openExamples() {
            return new Rare();
        }

        @Override
        public ImageLoader openLoader() {
            return new Noting();
        }

        @Override
        public ImageShape imageShape() {
            return FakeKit.SHAPE;
        }

        @Override
        public int classes() {
            return FakeKit.CLASSES;
        }

        @Override
        public StateLayout layout() {
            throw new UnsupportedOperationException("Nothing is trained here");
        }

        @Override
        public Replica openReplica(int threads) {
            throw new UnsupportedOperationException("Nothing is trained here");
        }
    }

    private static final class Rare implements ExampleGroups {
        @Override
        public List<Integer> sizes() {
            return List.of(EXAMPLES);
        }

        @Override
        public List<Example> read(int group) {
            return IntStream.range(0, EXAMPLES)
                    .mapToObj(i -> new Example("example-" + i, i == 0 ? 1 : 0, new byte[] {0, 0, (byte) i}))
                    .toList();
        }
    }
}
