package dev.convoke.bench.engine;

import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Addition;
import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.Relu;
import dev.convoke.engine.plan.Plan;

/** What memory a training step is asked to need at most, in float32. */
final class MemoryBound {

    private static final double ALLOWANCE = 1.3;

    /** Parameters, momentum, gradients, and as much again for what is computed with. */
    private static final int PARAMETER_ARRAYS = 4;

    private MemoryBound() {}

    /** Returns 1.3 times four times the parameters and what a minibatch's backward pass reads again, in bytes. */
    static double ofTraining(Plan plan, int batch) {
        long parameters = plan.layout().parameterCount();
        long activations = plan.nodes().stream()
                .filter(node -> isNeeded(plan, node))
                .mapToLong(node -> node.shape().valueCount())
                .sum();
        long values = PARAMETER_ARRAYS * parameters + batch * activations;
        return ALLOWANCE * Float.BYTES * values;
    }

    /**
     * Returns whether a gradient is computed from a node's output: by what multiplies or normalises it, or by its ReLU.
     */
    private static boolean isNeeded(Plan plan, Node node) {
        boolean isRead = plan.nodes().stream()
                .filter(reader -> reader.inputs().contains(node.id()))
                .map(Node::operation)
                .anyMatch(operation -> operation instanceof Convolution
                        || operation instanceof Dense
                        || operation instanceof BatchNorm);
        return isRead || (hasRelu(node) && !plan.isMaskedByPool(node));
    }

    private static boolean hasRelu(Node node) {
        return node.operation() instanceof Relu
                || (node.operation() instanceof Convolution convolution && convolution.relu())
                || (node.operation() instanceof Dense dense && dense.relu())
                || (node.operation() instanceof Addition addition && addition.relu());
    }
}
