package dev.convoke.bench.gpu;

import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Graph.Vertex;
import dev.convoke.engine.plan.Parameter;
import java.util.ArrayList;
import java.util.List;

/** A state told by a few numbers for each of its arrays, from which a deviation of any element shows. */
final class StateFigures {

    private static final int PROJECTIONS = 8;

    private StateFigures() {}

    /**
     * One array of the state.
     *
     * @param name the layer and the array
     * @param norm of its values after the last step
     * @param change the norm of what training added to it
     * @param projections of what training added, each on a fixed direction of ones and minus ones: of two states, their
     *     differences are about as large as the norm of the difference
     */
    record Figures(String name, double norm, double change, List<Double> projections) {

        /** Copies the list. */
        Figures {
            projections = List.copyOf(projections);
        }

        /** Returns about how far another training's change is away, as a norm. */
        double distance(Figures other) {
            double squares = 0;
            for (int i = 0; i < PROJECTIONS; i++) {
                squares += Math.pow(projections.get(i) - other.projections.get(i), 2);
            }
            return Math.sqrt(squares / PROJECTIONS);
        }
    }

    /** One array: its name and its place in the state. */
    private record Part(String name, int offset, int length) {}

    /** Returns the figures of all parameters and all momentum. */
    static List<Figures> of(Graph graph, float[] start, float[] end) {
        return parts(graph).stream().map(part -> figures(part, start, end)).toList();
    }

    /** Returns a number that is equal for equal bits, and else almost surely another. */
    static long digest(float[] state) {
        long digest = 0;
        for (float value : state) {
            digest = Generator.at(digest ^ Float.floatToRawIntBits(value));
        }
        return digest;
    }

    private static Figures figures(Part part, float[] start, float[] end) {
        double norm = 0;
        double change = 0;
        double[] sums = new double[PROJECTIONS];
        for (int i = part.offset(); i < part.offset() + part.length(); i++) {
            double added = (double) end[i] - start[i];
            norm += (double) end[i] * end[i];
            change += added * added;
            long signs = Generator.at(i);
            for (int j = 0; j < PROJECTIONS; j++) {
                sums[j] += (signs >>> j & 1) == 0 ? added : -added;
            }
        }
        List<Double> projections = new ArrayList<>();
        for (double sum : sums) {
            projections.add(sum);
        }
        return new Figures(part.name(), Math.sqrt(norm), Math.sqrt(change), projections);
    }

    private static List<Part> parts(Graph graph) {
        List<Part> parts = new ArrayList<>();
        for (Vertex vertex : graph.vertices()) {
            for (Parameter parameter : vertex.parameters()) {
                String name = vertex.layer() + "." + parameter.segment().parameter();
                int length = parameter.segment().length();
                parts.add(new Part(name, parameter.segment().offset(), length));
                if (parameter.momentumOffset() >= 0) {
                    parts.add(new Part("momentum of " + name, parameter.momentumOffset(), length));
                }
            }
        }
        return parts;
    }
}
