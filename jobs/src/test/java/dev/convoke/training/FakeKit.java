package dev.convoke.training;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.data.Keys;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A tiny learnable problem: noisy images whose brightest channel tells the class, and {@link SoftmaxReplica}s.
 *
 * @param sizes of the groups
 * @param options of the replicas
 * @param feed how examples become minibatches
 */
public record FakeKit(List<Integer> sizes, SoftmaxReplica.Options options, FeedSettings feed) implements WorkerKit {

    public static final ImageShape SHAPE = new ImageShape(3, 2, 2);
    public static final int CLASSES = 3;

    /** Every example once, nothing mixed or weighed. */
    public FakeKit(List<Integer> sizes, SoftmaxReplica.Options options) {
        this(sizes, options, FeedSettings.DEFAULT);
    }

    @Override
    public Replica openReplica(int threads) {
        return new SoftmaxReplica(SHAPE, CLASSES, options, 5);
    }

    @Override
    public ExampleGroups openExamples() {
        return new FakeExamples(sizes, CLASSES);
    }

    @Override
    public ImageLoader openLoader() {
        return new Pixels();
    }

    @Override
    public ImageShape imageShape() {
        return SHAPE;
    }

    @Override
    public int classes() {
        return CLASSES;
    }

    @Override
    public StateLayout layout() {
        return SoftmaxReplica.layoutOf(SHAPE.valueCount(), CLASSES, options.momentum() > 0);
    }

    /** The pixels depend on the example, and a little on the augmentation key. */
    private static final class Pixels implements ImageLoader {

        @Override
        public void load(Example example, long key, FloatBuffer images, int offset) {
            int pixels = SHAPE.height() * SHAPE.width();
            int number = FakeExamples.number(example);
            for (int i = 0; i < SHAPE.valueCount(); i++) {
                double noise = Keys.normal(Keys.mix(number, i)) + 0.2 * Keys.normal(Keys.mix(key, i));
                images.put(offset + i, (float) ((i / pixels == example.label() ? 0.7 : 0) + 0.5 * noise));
            }
        }

        @Override
        public int valueCount() {
            return SHAPE.valueCount();
        }
    }
}
