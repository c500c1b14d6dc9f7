package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Parameter;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Clipping, weight decay and Nesterov momentum in one pass over memory, as DL4J computes them: with g the clipped mean
 * gradient plus decay, {@code v' = m v - r g} and {@code w' = w + (1 + m) v' - m v}.
 *
 * <p>Works on pieces copied to the heap, because the compiler uses vector instructions for arrays but not for buffers.
 */
final class Update implements Team.Job {

    /** Values at a time: three such pieces fit the first-level cache. */
    private static final int PIECE = 2048;

    private final float factor;
    private final float momentum;
    private final float decay;
    private final float clip;
    private final StepSettings settings;
    private final Team team;
    private final List<Scratch> scratch;
    private @Nullable FloatBuffer gradient;
    private @Nullable FloatBuffer velocity;
    private @Nullable FloatBuffer weight;

    Update(Parameter parameter, StepSettings settings, Team team) {
        this.factor = (float) parameter.rate();
        this.momentum = (float) parameter.momentum();
        this.decay = (float) parameter.weightDecay();
        this.clip = parameter.clip() > 0 ? (float) parameter.clip() : Float.MAX_VALUE;
        this.settings = settings;
        this.team = team;
        int piece = Math.min(PIECE, parameter.segment().length() + PIECE / 8);
        this.scratch =
                Stream.generate(() -> new Scratch(piece)).limit(team.size()).toList();
    }

    /** The pieces one thread works on. */
    private static final class Scratch {
        private final float[] weights;
        private final float[] velocities;
        private final float[] gradients;

        Scratch(int count) {
            weights = new float[count];
            velocities = new float[count];
            gradients = new float[count];
        }
    }

    /** Updates parameters by a gradient: gradient, momentum if there is one, parameters. */
    void apply(List<FloatBuffer> arrays) {
        gradient = arrays.get(0);
        velocity = arrays.size() == 3 ? arrays.get(1) : null;
        weight = arrays.get(arrays.size() - 1);
        team.run(this);
    }

    @Override
    public void run(int part) {
        Scratch own = scratch.get(part);
        FloatBuffer g = Saved.present(gradient);
        FloatBuffer w = Saved.present(weight);
        int piece = own.weights.length;
        int pieces = (w.capacity() + piece - 1) / piece;
        int from = (int) ((long) pieces * part / team.size()) * piece;
        int to = Math.min(w.capacity(), (int) ((long) pieces * (part + 1) / team.size()) * piece);
        for (int start = from; start < to; start += piece) {
            int count = Math.min(piece, to - start);
            g.get(start, own.gradients, 0, count);
            w.get(start, own.weights, 0, count);
            FloatBuffer v = velocity;
            if (v == null) {
                descent(own, count);
            } else {
                v.get(start, own.velocities, 0, count);
                nesterov(own.weights, own.velocities, own.gradients, count);
                v.put(start, own.velocities, 0, count);
            }
            w.put(start, own.weights, 0, count);
        }
    }

    private void nesterov(float[] weights, float[] velocities, float[] gradients, int count) {
        float rate = factor * settings.learningRate();
        float m = momentum;
        float most = clip;
        float shrink = decay;
        for (int i = 0; i < count; i++) {
            float g = Math.max(-most, Math.min(most, gradients[i])) + shrink * weights[i];
            float before = m * velocities[i];
            float after = before - rate * g;
            velocities[i] = after;
            weights[i] += (1 + m) * after - before;
        }
    }

    private void descent(Scratch own, int count) {
        float rate = factor * settings.learningRate();
        for (int i = 0; i < count; i++) {
            float g = Math.max(-clip, Math.min(clip, own.gradients[i])) + decay * own.weights[i];
            own.weights[i] -= rate * g;
        }
    }
}
