package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Parameter;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Clipping, weight decay and Nesterov momentum in one pass over memory, as DL4J computes them: with g the clipped mean
 * gradient plus decay, {@code v' = m v - r g} and {@code w' = w + (1 + m) v' - m v}.
 */
final class Update {

    /** Values at a time: three such pieces fit the first-level cache. */
    private static final int PIECE = 2048;

    private final float momentum;
    private final float decay;
    private final float clip;
    private final StepSettings settings;
    private final float[] weights = new float[PIECE];
    private final float[] velocities = new float[PIECE];
    private final float[] gradients = new float[PIECE];

    Update(Parameter parameter, StepSettings settings) {
        this.momentum = (float) parameter.momentum();
        this.decay = (float) parameter.weightDecay();
        this.clip = parameter.clip() > 0 ? (float) parameter.clip() : Float.MAX_VALUE;
        this.settings = settings;
    }

    /** Updates parameters by momentum: gradient, momentum, parameters. */
    void nesterov(List<FloatBuffer> arrays) {
        FloatBuffer gradient = arrays.get(0);
        FloatBuffer velocity = arrays.get(1);
        FloatBuffer weight = arrays.get(2);
        for (int start = 0; start < weight.capacity(); start += PIECE) {
            int count = Math.min(PIECE, weight.capacity() - start);
            gradient.get(start, gradients, 0, count);
            velocity.get(start, velocities, 0, count);
            weight.get(start, weights, 0, count);
            nesterov(count);
            velocity.put(start, velocities, 0, count);
            weight.put(start, weights, 0, count);
        }
    }

    /** Updates parameters without momentum: gradient, parameters. */
    void descent(List<FloatBuffer> arrays) {
        FloatBuffer gradient = arrays.get(0);
        FloatBuffer weight = arrays.get(1);
        for (int start = 0; start < weight.capacity(); start += PIECE) {
            int count = Math.min(PIECE, weight.capacity() - start);
            gradient.get(start, gradients, 0, count);
            weight.get(start, weights, 0, count);
            descent(count);
            weight.put(start, weights, 0, count);
        }
    }

    private void nesterov(int count) {
        float rate = settings.learningRate();
        for (int i = 0; i < count; i++) {
            float g = Math.max(-clip, Math.min(clip, gradients[i])) + decay * weights[i];
            float before = momentum * velocities[i];
            float after = before - rate * g;
            velocities[i] = after;
            weights[i] += (1 + momentum) * after - before;
        }
    }

    private void descent(int count) {
        float rate = settings.learningRate();
        for (int i = 0; i < count; i++) {
            float g = Math.max(-clip, Math.min(clip, gradients[i])) + decay * weights[i];
            weights[i] -= rate * g;
        }
    }
}
