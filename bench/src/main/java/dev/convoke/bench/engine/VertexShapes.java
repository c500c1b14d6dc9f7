package dev.convoke.bench.engine;

import dev.convoke.engine.plan.Graph.Vertex;
import dev.convoke.engine.plan.Operation;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.List;

/** The shapes of a network's operations, for the peers that build it of their own. */
final class VertexShapes {

    private VertexShapes() {}

    /** Returns what each operation makes. */
    static List<ImageShape> of(List<Vertex> vertices, ImageShape input) {
        List<ImageShape> shapes = new ArrayList<>();
        for (Vertex vertex : vertices) {
            List<ImageShape> read = vertex.inputs().stream().map(shapes::get).toList();
            shapes.add(shape(vertex.operation(), read, input));
        }
        return shapes;
    }

    private static ImageShape shape(Operation operation, List<ImageShape> read, ImageShape input) {
        if (read.isEmpty()) {
            return input;
        }
        ImageShape first = read.get(0);
        if (operation instanceof Operation.Convolution c) {
            return c.window().output(first, c.filters());
        }
        if (operation instanceof Operation.Pool p) {
            return p.window().output(first, first.channels());
        }
        if (operation instanceof Operation.Dense d) {
            return new ImageShape(d.units(), 1, 1);
        }
        if (operation instanceof Operation.GlobalPool) {
            return new ImageShape(first.channels(), 1, 1);
        }
        if (operation instanceof Operation.Concatenation) {
            return new ImageShape(read.stream().mapToInt(ImageShape::channels).sum(), first.height(), first.width());
        }
        return first;
    }
}
