package dev.convoke.engine.dl4j;

import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * DL4J's softmax cross-entropy, which also notes what a step saw: the loss without the weight-decay term and the
 * examples classified correctly. Stands in for DL4J's own in a replica's memory only.
 */
final class ObservedLoss implements ILossFunction {

    private static final long serialVersionUID = 1;

    /** What rounding leaves between the sum of smoothed targets and 1. */
    private static final float UNWEIGHTED = 1e-4f;

    private final LossMCXENT loss;
    private double lossSum;
    private int correct;

    ObservedLoss(LossMCXENT loss) {
        this.loss = loss;
    }

    /** Returns the summed loss of the latest step, in nats. */
    double lossSum() {
        return lossSum;
    }

    /** Returns how many examples of the latest step had their likeliest class right. */
    int correct() {
        return correct;
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask, boolean average) {
        float[][] targets = labels.toFloatMatrix();
        float[][] logits = preOutput.toFloatMatrix();
        lossSum = 0;
        correct = 0;
        for (int row = 0; row < logits.length; row++) {
            lossSum += crossEntropy(targets[row], logits[row]);
            correct += likeliest(targets[row]) == likeliest(logits[row]) ? 1 : 0;
        }
        return average ? lossSum / logits.length : lossSum;
    }

    @Override
    public INDArray computeScoreArray(
            INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask) {
        return loss.computeScoreArray(labels, preOutput, activation, mask);
    }

    @Override
    public INDArray computeGradient(
            INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask) {
        INDArray gradient = loss.computeGradient(labels, preOutput, activation, mask);
        // DL4J takes the targets of an example to add up to 1; they add up to its weight.
        try (INDArray excess = labels.sum(true, 1).subi(1)) {
            if (excess.amaxNumber().floatValue() > UNWEIGHTED) {
                try (INDArray probabilities = activation.getActivation(preOutput.dup(), true)) {
                    gradient.addi(probabilities.muliColumnVector(excess));
                }
            }
        }
        return gradient;
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask, boolean average) {
        return new Pair<>(
                computeScore(labels, preOutput, activation, mask, average),
                computeGradient(labels, preOutput, activation, mask));
    }

    @Override
    public String name() {
        return loss.name();
    }

    // StrictMath: the same on every processor, as everything a step reports.
    private static double crossEntropy(float[] target, float[] logits) {
        double largest = logits[likeliest(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += StrictMath.exp(logit - largest);
        }
        double logSum = largest + StrictMath.log(sum);
        double result = 0;
        for (int c = 0; c < logits.length; c++) {
            if (target[c] != 0) {
                result += target[c] * (logSum - logits[c]);
            }
        }
        return result;
    }

    private static int likeliest(float[] values) {
        int best = 0;
        for (int c = 1; c < values.length; c++) {
            if (values[c] > values[best]) {
                best = c;
            }
        }
        return best;
    }
}
