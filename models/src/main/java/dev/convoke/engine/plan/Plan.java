package dev.convoke.engine.plan;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.models.ImageShape;
import java.util.List;

/**
 * A network as a list of operations with every shape known, in an order that can be computed. Knows neither the batch
 * size nor what will compute it.
 *
 * @param nodes the operations; the first is the input, the last the classifier
 * @param layout of the state vector
 */
public record Plan(List<Node> nodes, StateLayout layout) {

    /** Copies the list, so that the plan cannot change. */
    public Plan {
        nodes = List.copyOf(nodes);
    }

    /** Returns the shape of one input image. */
    public ImageShape input() {
        return nodes.get(0).shape();
    }

    /** Returns how many classes the network tells apart. */
    public int classes() {
        return nodes.get(nodes.size() - 1).shape().channels();
    }

    /** Returns how many nodes read the node's output. */
    public long readers(Node node) {
        return nodes.stream()
                .flatMap(n -> n.inputs().stream())
                .filter(id -> id == node.id())
                .count();
    }

    /** Returns whether the gradient of the node's ReLU is masked by the pool behind it. */
    public boolean isMaskedByPool(Node node) {
        return nodes.stream()
                .anyMatch(reader -> reader.inputs().contains(node.id())
                        && reader.operation() instanceof Pool pool
                        && pool.maskGradient());
    }

    /** Returns the multiply-adds of a forward pass of one example, those of convolutions and dense layers. */
    public long multiplyAdds(Node node) {
        if (node.operation() instanceof Convolution convolution) {
            ImageShape input = nodes.get(node.inputs().get(0)).shape();
            Window window = convolution.window();
            return (long) node.shape().valueCount()
                    * input.channels()
                    * window.rows().kernel()
                    * window.columns().kernel();
        }
        if (node.operation() instanceof Dense dense) {
            return (long) nodes.get(node.inputs().get(0)).shape().valueCount() * dense.units();
        }
        return 0;
    }

    /** Returns whether a gradient must reach the node's output: whether it, or anything it reads, learns. */
    public boolean learns(Node node) {
        return node.parameters().stream().anyMatch(parameter -> parameter.rate() > 0)
                || node.inputs().stream().anyMatch(id -> learns(nodes.get(id)));
    }

    /** Returns how many gradient passes of the node's multiply-adds a step needs: of its weights, and of its input. */
    public int gradientPasses(Node node) {
        if (node.parameters().isEmpty()) {
            return 0;
        }
        return (learns(nodes.get(node.inputs().get(0))) ? 1 : 0) + (node.isFrozen() ? 0 : 1);
    }
}
