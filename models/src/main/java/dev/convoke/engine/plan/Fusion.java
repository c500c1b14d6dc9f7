package dev.convoke.engine.plan;

import dev.convoke.engine.plan.Operation.Addition;
import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Operation.Relu;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Joins operations that one pass over memory can compute: a ReLU with what it follows, an addition with the convolution
 * before it. Changes nothing of what is computed, gradients included.
 */
final class Fusion {

    private Fusion() {}

    static Plan apply(Plan plan) {
        Plan fused = plan;
        for (boolean changed = true; changed; ) {
            Optional<Plan> next = step(fused);
            changed = next.isPresent();
            fused = next.orElse(fused);
        }
        return maskSmallGradients(fused);
    }

    /** Replaces one pair of nodes by one, where there is such a pair. */
    private static Optional<Plan> step(Plan plan) {
        for (Node node : plan.nodes()) {
            for (int i = 0; i < node.inputs().size(); i++) {
                Node input = plan.nodes().get(node.inputs().get(i));
                Optional<Operation> joined = joined(input, node);
                if (joined.isPresent() && plan.readers(input) == 1) {
                    return Optional.of(replace(plan, input, node, joined.get()));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Operation> joined(Node first, Node second) {
        if (second.operation() instanceof Relu) {
            if (first.operation() instanceof BatchNorm norm) {
                return Optional.of(new BatchNorm(norm.epsilon(), norm.decay(), true));
            }
            if (first.operation() instanceof Addition) {
                return Optional.of(new Addition(true));
            }
            if (first.operation() instanceof Convolution c) {
                return Optional.of(new Convolution(c.filters(), c.window(), c.bias(), true, c.residual()));
            }
        }
        if (second.operation() instanceof Addition addition
                && first.operation() instanceof Convolution c
                && !c.relu()
                && !c.residual()) {
            return Optional.of(new Convolution(c.filters(), c.window(), c.bias(), addition.relu(), true));
        }
        return Optional.empty();
    }

    /** Puts the joined operation where the second stood, so that everything it reads comes before it. */
    private static Plan replace(Plan plan, Node first, Node second, Operation joined) {
        List<Integer> inputs = new ArrayList<>(first.inputs());
        for (int input : second.inputs()) {
            if (input != first.id()) {
                inputs.add(input);
            }
        }
        Map<Integer, Integer> places = new HashMap<>();
        List<Node> nodes = new ArrayList<>();
        for (Node node : plan.nodes()) {
            if (node.id() == first.id()) {
                continue;
            }
            boolean isSecond = node.id() == second.id();
            places.put(node.id(), nodes.size());
            nodes.add(new Node(
                    nodes.size(),
                    isSecond ? first.layer() : node.layer(),
                    isSecond ? joined : node.operation(),
                    (isSecond ? inputs : node.inputs())
                            .stream().map(places::get).toList(),
                    node.shape(),
                    isSecond ? first.parameters() : node.parameters()));
        }
        return new Plan(nodes, plan.layout());
    }

    /**
     * Where only a pool of the largest reads a ReLU, the gradient can be masked after the pool, where it is smaller: a
     * window whose largest value is not positive passes nothing back either way.
     */
    private static Plan maskSmallGradients(Plan plan) {
        List<Node> nodes = new ArrayList<>(plan.nodes());
        for (Node node : plan.nodes()) {
            if (!(node.operation() instanceof Pool pool) || !pool.largest()) {
                continue;
            }
            Node input = plan.nodes().get(node.inputs().get(0));
            if (input.operation() instanceof Convolution convolution
                    && convolution.relu()
                    && plan.readers(input) == 1) {
                nodes.set(
                        node.id(),
                        new Node(
                                node.id(),
                                node.layer(),
                                new Pool(pool.window(), true, true),
                                node.inputs(),
                                node.shape(),
                                node.parameters()));
            }
        }
        return new Plan(nodes, plan.layout());
    }
}
