package dev.convoke.engine;

import dev.convoke.models.ImageShape;
import java.util.SplittableRandom;

/** Minibatches made from a seed. */
public final class TestBatches {

    private TestBatches() {}

    /**
     * Returns a full minibatch of noise around a level that tells its class; example i has class {@code i % classes}.
     */
    public static Minibatch separable(ImageShape shape, int classes, int size, long seed) {
        return noisy(shape, classes, size, seed, 1);
    }

    /** Returns such a minibatch whose noise is so many times as wide as the pattern's half. */
    public static Minibatch noisy(ImageShape shape, int classes, int size, long seed, double noise) {
        Minibatch batch = new Minibatch(shape, classes, size);
        SplittableRandom random = new SplittableRandom(seed);
        int values = shape.valueCount();
        for (int i = 0; i < size; i++) {
            int label = i % classes;
            for (int j = 0; j < values; j++) {
                double pattern = Math.sin((label + 1) * 0.37 * j);
                batch.images().put(i * values + j, (float) (pattern + noise * (random.nextDouble() - 0.5)));
            }
            batch.target(i, label, 0);
        }
        batch.resize(size);
        return batch;
    }
}
