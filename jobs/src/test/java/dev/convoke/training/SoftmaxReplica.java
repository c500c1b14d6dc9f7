package dev.convoke.training;

import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Softmax regression with Nesterov momentum, on the heap: small, exact and sensitive to the order of its steps. It
 * keeps the running mean and variance of its inputs as a batch-norm layer would (the training does not use them), and
 * its input dropout shows whether the keys are right.
 */
public final class SoftmaxReplica implements Replica {

    private final int features;
    private final int classes;
    private final Options options;
    private final float[] state;
    private final StateLayout layout;

    /**
     * What can differ between tests.
     *
     * @param momentum 0 keeps no updater state
     * @param dropoutRate share of the inputs that are dropped
     * @param statisticsDecay how much of the running statistics a step keeps; 0 makes them those of the last minibatch
     */
    public record Options(double momentum, double dropoutRate, double statisticsDecay) implements java.io.Serializable {

        public static final Options PLAIN = new Options(0, 0, 0.9);
        public static final Options MOMENTUM = new Options(0.9, 0.1, 0.9);
    }

    SoftmaxReplica(ImageShape shape, int classes, Options options, long seed) {
        this.features = shape.valueCount();
        this.classes = classes;
        this.options = options;
        this.layout = layoutOf(features, classes, options.momentum > 0);
        this.state = new float[layout.valueCount()];
        for (int i = 0; i < features * classes; i++) {
            state[i] = (float) (0.1 * Keys.normal(Keys.mix(seed, i)));
        }
        for (int i = 0; i < features; i++) {
            state[variance() + i] = 1;
        }
    }

    static StateLayout layoutOf(int features, int classes, boolean momentum) {
        int weights = features * classes;
        int all = weights + classes + 2 * features;
        return new StateLayout(
                List.of(
                        new Segment("output", "W", Kind.WEIGHT, 0, weights),
                        new Segment("output", "b", Kind.BIAS, weights, classes),
                        new Segment("input", "mean", Kind.MEAN, weights + classes, features),
                        new Segment("input", "var", Kind.VARIANCE, weights + classes + features, features)),
                all,
                momentum ? weights + classes : 0);
    }

    @Override
    public StateLayout layout() {
        return layout;
    }

    @Override
    public void readState(int offset, FloatBuffer target) {
        target.put(state, offset, target.remaining());
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        source.get(state, offset, source.remaining());
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        int size = batch.size();
        double[] gradient = new double[features * classes + classes];
        double lossSum = 0;
        int correct = 0;
        float[] inputs = new float[features];
        for (int row = 0; row < size; row++) {
            batch.images().get(row * features, inputs);
            drop(inputs, row, step.dropoutKey());
            double[] probabilities = probabilities(inputs);
            int label = 0;
            for (int c = 0; c < classes; c++) {
                double target = batch.targets().get(row * classes + c);
                lossSum -= target * Math.log(probabilities[c]);
                label = target > batch.targets().get(row * classes + label) ? c : label;
                double error = (probabilities[c] - target) / size;
                for (int f = 0; f < features; f++) {
                    gradient[f * classes + c] += error * inputs[f];
                }
                gradient[features * classes + c] += error;
            }
            correct += likeliest(probabilities) == label ? 1 : 0;
        }
        updateStatistics(batch);
        update(gradient, step.learningRate());
        return new StepResult(size, lossSum, correct);
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        float[] inputs = new float[features];
        for (int row = 0; row < batch.size(); row++) {
            batch.images().get(row * features, inputs);
            for (double probability : probabilities(inputs)) {
                probabilities.put((float) probability);
            }
        }
    }

    @Override
    public void close() {}

    private int variance() {
        return features * classes + classes + features;
    }

    private void drop(float[] inputs, int row, long key) {
        for (int f = 0; f < features; f++) {
            if (Keys.uniform(Keys.mix(key, row, f)) < options.dropoutRate) {
                inputs[f] = 0;
            }
        }
    }

    private double[] probabilities(float[] inputs) {
        double[] logits = new double[classes];
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            logits[c] = state[features * classes + c];
            for (int f = 0; f < features; f++) {
                logits[c] += inputs[f] * (double) state[f * classes + c];
            }
            logits[c] = Math.exp(logits[c]);
            sum += logits[c];
        }
        for (int c = 0; c < classes; c++) {
            logits[c] /= sum;
        }
        return logits;
    }

    private static int likeliest(double[] probabilities) {
        int best = 0;
        for (int c = 1; c < probabilities.length; c++) {
            best = probabilities[c] > probabilities[best] ? c : best;
        }
        return best;
    }

    private void updateStatistics(Minibatch batch) {
        double keep = options.statisticsDecay;
        int mean = features * classes + classes;
        for (int f = 0; f < features; f++) {
            double sum = 0;
            double squares = 0;
            for (int row = 0; row < batch.size(); row++) {
                double value = batch.images().get(row * features + f);
                sum += value;
                squares += value * value;
            }
            double average = sum / batch.size();
            state[mean + f] = (float) (keep * state[mean + f] + (1 - keep) * average);
            double spread = squares / batch.size() - average * average;
            state[variance() + f] = (float) (keep * state[variance() + f] + (1 - keep) * spread);
        }
    }

    private void update(double[] gradient, double rate) {
        for (int i = 0; i < gradient.length; i++) {
            if (options.momentum == 0) {
                state[i] = (float) (state[i] - rate * gradient[i]);
            } else {
                int at = layout.parameterCount() + i;
                double velocity = options.momentum * state[at] - rate * gradient[i];
                state[i] = (float) (state[i] + options.momentum * velocity - rate * gradient[i]);
                state[at] = (float) velocity;
            }
        }
    }
}
