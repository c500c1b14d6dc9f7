package dev.convoke.engine.plan;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.models.ImageShape;
import java.util.List;
import java.util.Optional;

/**
 * One operation of a plan.
 *
 * @param id its place in the plan: inputs have smaller ones
 * @param layer the DL4J layer it comes from; of fused layers, the first
 * @param operation what it computes
 * @param inputs the nodes it reads
 * @param shape of its output, for one example; a dense layer's has one row and one column
 * @param parameters its arrays, in state order
 */
public record Node(
        int id, String layer, Operation operation, List<Integer> inputs, ImageShape shape, List<Parameter> parameters) {

    /** Copies the lists, so that the node cannot change. */
    public Node {
        inputs = List.copyOf(inputs);
        parameters = List.copyOf(parameters);
    }

    /** Returns whether the node has parameters and none of them learns. */
    public boolean isFrozen() {
        return !parameters.isEmpty() && parameters.stream().allMatch(parameter -> parameter.rate() == 0);
    }

    /** Returns the node's array of a kind, if it has one. */
    public Optional<Parameter> parameter(Kind kind) {
        return parameters.stream().filter(p -> p.segment().kind() == kind).findFirst();
    }
}
