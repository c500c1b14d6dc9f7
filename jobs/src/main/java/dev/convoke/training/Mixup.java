package dev.convoke.training;

import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * Mixes the examples of a minibatch in pairs (Zhang et al., 2018): the first with the last, the second with the last
 * but one, images and targets alike, by one share a minibatch, drawn from Beta(alpha, alpha).
 */
final class Mixup {

    private static final int MOST_TRIES = 1000;

    private Mixup() {}

    /** Mixes a filled minibatch in place; a pure function of its content, alpha and key. */
    static void mix(Minibatch minibatch, double alpha, long key) {
        if (alpha == 0) {
            return;
        }
        float share = (float) beta(alpha, key);
        int last = minibatch.size() - 1;
        for (int row = 0; row < last - row; row++) {
            mixImages(minibatch, row, last - row, share);
            mix(minibatch.targets(), row, last - row, minibatch.classes(), share);
        }
    }

    private static void mixImages(Minibatch minibatch, int row, int partner, float share) {
        Optional<PixelImages> pixels = minibatch.pixels();
        if (pixels.isPresent()) {
            pixels.get().mix(row, partner, share);
            pixels.get().mix(partner, row, share);
        } else {
            mix(minibatch.images(), row, partner, minibatch.shape().valueCount(), share);
        }
    }

    private static void mix(FloatBuffer values, int row, int partner, int length, float share) {
        for (int i = 0; i < length; i++) {
            float one = values.get(row * length + i);
            float other = values.get(partner * length + i);
            values.put(row * length + i, share * one + (1 - share) * other);
            values.put(partner * length + i, share * other + (1 - share) * one);
        }
    }

    /** Returns a number from Beta(alpha, alpha), keyed. */
    static double beta(double alpha, long key) {
        double one = gamma(alpha, Keys.mix(key, 1));
        double other = gamma(alpha, Keys.mix(key, 2));
        // At tiny alphas both can underflow; then either end is as likely.
        return one + other == 0 ? (Keys.uniform(Keys.mix(key, 3)) < 0.5 ? 0 : 1) : one / (one + other);
    }

    /** Marsaglia and Tsang, 2000; below 1 by their boost. */
    private static double gamma(double shape, long key) {
        if (shape < 1) {
            double boost = Math.pow(1 - Keys.uniform(Keys.mix(key, 0)), 1 / shape);
            return gamma(shape + 1, Keys.mix(key, 1)) * boost;
        }
        double d = shape - 1.0 / 3;
        double c = 1 / Math.sqrt(9 * d);
        for (int i = 0; i < MOST_TRIES; i++) {
            double normal = Keys.normal(Keys.mix(key, 2, i));
            double v = Math.pow(1 + c * normal, 3);
            double u = 1 - Keys.uniform(Keys.mix(key, 3, i));
            if (v > 0 && Math.log(u) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) {
                return d * v;
            }
        }
        throw new IllegalStateException("No gamma variate of shape " + shape + "; this is a defect of ours");
    }
}
