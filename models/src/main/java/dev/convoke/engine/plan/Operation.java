package dev.convoke.engine.plan;

/** What one node of a plan computes. Shapes are the node's; parameters are the node's. */
public sealed interface Operation {

    /** The network's input. */
    record Input() implements Operation {}

    /**
     * A convolution, cross-correlating as DL4J's does.
     *
     * @param filters output channels
     * @param window how the kernel slides
     * @param bias whether each filter has one
     * @param relu whether only what is positive passes
     * @param residual whether the second input is added before the ReLU
     */
    record Convolution(int filters, Window window, boolean bias, boolean relu, boolean residual) implements Operation {}

    /** A matrix product with every value of an input, flattened by channel, row and column. */
    record Dense(int units, boolean bias, boolean relu) implements Operation {}

    /**
     * Batch normalisation over the examples and the positions of each channel.
     *
     * @param epsilon added to the variance
     * @param decay share of the running statistics that a step keeps
     * @param relu whether only what is positive passes
     */
    record BatchNorm(double epsilon, double decay, boolean relu) implements Operation {}

    /** Passes what is positive. */
    record Relu() implements Operation {}

    /**
     * The largest or the mean value of each window; padding counts in neither.
     *
     * @param largest whether it takes the largest, else the mean
     * @param maskGradient whether the ReLU of the only input passes its gradient back through this, smaller, one
     */
    record Pool(Window window, boolean largest, boolean maskGradient) implements Operation {}

    /** The largest or the mean value of each channel. */
    record GlobalPool(boolean largest) implements Operation {}

    /**
     * Drops values in training and scales the rest, keyed by step, ordinal and element.
     *
     * @param ordinal which of the network's dropouts this is, see {@link dev.convoke.engine.DropoutMask}
     * @param retain share of the values kept
     */
    record Dropout(int ordinal, double retain) implements Operation {}

    /** Stacks the channels of its inputs. */
    record Concatenation() implements Operation {}

    /** Adds two inputs of one shape. */
    record Addition(boolean relu) implements Operation {}

    /** Softmax, under cross-entropy in training. */
    record Classifier() implements Operation {}

    /** Returns the operation's name as a listing shows it. */
    default String title() {
        String name = getClass().getSimpleName();
        if (this instanceof Convolution convolution) {
            return name + (convolution.residual() ? "+Add" : "") + (convolution.relu() ? "+ReLU" : "");
        }
        boolean relu = (this instanceof Dense dense && dense.relu())
                || (this instanceof BatchNorm norm && norm.relu())
                || (this instanceof Addition addition && addition.relu());
        return relu ? name + "+ReLU" : name;
    }
}
