package dev.convoke.engine.plan;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.plan.Operation.Classifier;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.List;

/**
 * A network as operations, before the shape of its input is known.
 *
 * @param vertices the operations, each after those it reads; the first is the input, the last the classifier
 * @param layout of the state vector
 */
public record Graph(List<Vertex> vertices, StateLayout layout) {

    /**
     * One operation.
     *
     * @param layer the DL4J layer it comes from
     * @param operation what it computes
     * @param inputs the places of the operations it reads
     * @param parameters its arrays, in state order
     */
    public record Vertex(String layer, Operation operation, List<Integer> inputs, List<Parameter> parameters) {}

    /** Copies the list, so that the graph cannot change. */
    public Graph {
        vertices = List.copyOf(vertices);
    }

    /** Returns how many classes the network tells apart. */
    public int classes() {
        for (Vertex vertex : vertices) {
            if (vertex.operation() instanceof Classifier
                    && vertices.get(vertex.inputs().get(0)).operation() instanceof Dense logits) {
                return logits.units();
            }
        }
        throw new IllegalStateException("A graph ends in a classifier");
    }

    /**
     * Works out every shape and joins operations that can be computed in one pass.
     *
     * @throws IllegalArgumentException if a layer cannot take an input of this shape; the message names it
     */
    public Plan plan(ImageShape input) {
        List<ImageShape> shapes = shapes(input);
        List<Node> nodes = new ArrayList<>();
        for (Vertex vertex : vertices) {
            int id = nodes.size();
            nodes.add(new Node(
                    id, vertex.layer(), vertex.operation(), vertex.inputs(), shapes.get(id), vertex.parameters()));
        }
        return Fusion.apply(new Plan(nodes, layout));
    }

    /**
     * Returns what each operation makes of an input of this shape.
     *
     * @throws IllegalArgumentException if a layer cannot take it; the message names the layer
     */
    public List<ImageShape> shapes(ImageShape input) {
        List<ImageShape> shapes = new ArrayList<>();
        for (Vertex vertex : vertices) {
            List<ImageShape> read = vertex.inputs().stream().map(shapes::get).toList();
            try {
                shapes.add(read.isEmpty() ? input : Shapes.output(vertex.operation(), read, vertex.parameters()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("Layer '" + vertex.layer() + "' does not fit an image of " + input
                        + ": " + e.getMessage() + "; use the input size the network was configured for");
            }
        }
        return shapes;
    }
}
