package dev.convoke.engine.onednn;

import dev.convoke.engine.Minibatch;
import java.nio.FloatBuffer;
import java.util.List;

/** Softmax of each example's logits and, in training, its cross-entropy with the targets and the gradient of it. */
final class CrossEntropy {

    private static final double UNWEIGHTED = 1e-4;

    private final int rows;
    private final int classes;
    private final StepSettings settings;
    private final double[] exponentials;

    CrossEntropy(int rows, int classes, StepSettings settings) {
        this.rows = rows;
        this.classes = classes;
        this.settings = settings;
        this.exponentials = new double[classes];
    }

    /** Turns logits into probabilities; works in place. */
    void probabilities(List<FloatBuffer> logitsAndResult) {
        FloatBuffer logits = logitsAndResult.get(0);
        FloatBuffer result = logitsAndResult.get(1);
        for (int row = 0; row < rows; row++) {
            double sum = exponentials(logits, row * classes);
            for (int c = 0; c < classes; c++) {
                result.put(row * classes + c, (float) (exponentials[c] / sum));
            }
        }
    }

    /** Notes the loss and writes the gradient of its mean over the examples. */
    void gradient(List<FloatBuffer> logitsAndGradient) {
        FloatBuffer logits = logitsAndGradient.get(0);
        FloatBuffer gradient = logitsAndGradient.get(1);
        Minibatch batch = settings.batch();
        double loss = 0;
        int correct = 0;
        for (int row = 0; row < rows; row++) {
            int start = row * classes;
            int likeliest = likeliest(logits, start);
            correct += likeliest == likeliest(batch.targets(), start) ? 1 : 0;
            double largest = logits.get(start + likeliest);
            double sum = exponentials(logits, start);
            double logSum = largest + StrictMath.log(sum);
            double weight = weight(batch.targets(), start);
            for (int c = 0; c < classes; c++) {
                float target = batch.targets().get(start + c);
                if (target != 0) {
                    loss += target * (logSum - logits.get(start + c));
                }
                gradient.put(start + c, (float) ((weight * (exponentials[c] / sum) - target) / rows));
            }
        }
        settings.saw(loss, correct);
    }

    /** Targets add up to their example's weight; what rounding leaves of 1 is 1. */
    private double weight(FloatBuffer targets, int start) {
        double weight = 0;
        for (int c = 0; c < classes; c++) {
            weight += targets.get(start + c);
        }
        return Math.abs(weight - 1) < UNWEIGHTED ? 1 : weight;
    }

    /** Fills in the exponentials of a row, relative to its largest value, and returns their sum. */
    private double exponentials(FloatBuffer logits, int start) {
        double largest = logits.get(start + likeliest(logits, start));
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            // The same on every processor, as everything a step reports.
            exponentials[c] = StrictMath.exp(logits.get(start + c) - largest);
            sum += exponentials[c];
        }
        return sum;
    }

    private int likeliest(FloatBuffer values, int start) {
        int best = 0;
        for (int c = 1; c < classes; c++) {
            if (values.get(start + c) > values.get(start + best)) {
                best = c;
            }
        }
        return best;
    }
}
