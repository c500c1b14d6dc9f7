package dev.convoke.models;

import java.io.Serializable;

/**
 * What a training step does with a gradient. The learning rate is not here: it is given to each step.
 *
 * @param momentum Nesterov momentum, in [0, 1); 0 is plain SGD, which keeps no updater state
 * @param weightDecay L2 decay added to the gradient of weights as {@code weightDecay * w}; never on biases or batch
 *     norm
 * @param clip largest absolute value of any element of the mean gradient of weights and biases, before weight decay; 0
 *     clips nothing. Batch norm is never clipped: DL4J keeps its moving statistics among the gradients
 */
public record OptimizerSpec(double momentum, double weightDecay, double clip) implements Serializable {

    /** Plain stochastic gradient descent. */
    public static final OptimizerSpec SGD = new OptimizerSpec(0, 0, 0);

    /** Rejects values that cannot train. */
    public OptimizerSpec {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("Momentum must be in [0, 1), got " + momentum);
        }
        if (!(weightDecay >= 0 && Double.isFinite(weightDecay))) {
            throw new IllegalArgumentException("Weight decay must be 0 or more, got " + weightDecay);
        }
        if (!(clip >= 0 && Double.isFinite(clip))) {
            throw new IllegalArgumentException("The clipping limit must be 0 (none) or more, got " + clip);
        }
    }
}
