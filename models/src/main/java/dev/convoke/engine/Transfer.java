package dev.convoke.engine;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Carries the parameters of a trained network over to a network of the same kind, whose classes may be others: a class
 * keeps its part of the output layer wherever its label is now, and a class that is new keeps its fresh one.
 */
public final class Transfer {

    private Transfer() {}

    /** Which classes of the new network take over what was learnt. */
    public enum Head {
        /** Those whose names the trained network knows. */
        BY_NAME,
        /** None: the output layer stays fresh. */
        NEW
    }

    /**
     * What is carried over to what.
     *
     * @param labels class names of a network, by label
     * @param layout of its state
     * @param parameters in flat DL4J order; read or written absolutely
     */
    public record Side(List<String> labels, StateLayout layout, FloatBuffer parameters) {

        /** Copies the list. */
        public Side {
            labels = List.copyOf(labels);
        }
    }

    /**
     * Carries over.
     *
     * @param from the trained network
     * @param to the new network, holding its fresh parameters
     * @throws IllegalArgumentException if they are not of the same kind; names the first layer that differs
     */
    public static void carry(Side from, Side to, Head head) {
        String output = outputLayer(to.layout());
        if (from.layout().segments().size() != to.layout().segments().size()) {
            throw different("it has " + from.layout().segments().size() + " parameter arrays, the new network has "
                    + to.layout().segments().size());
        }
        for (Segment segment : to.layout().segments()) {
            Segment source = segment(from.layout(), segment)
                    .orElseThrow(
                            () -> different("it has no layer '" + segment.layer() + "' with " + segment.parameter()));
            if (segment.layer().equals(output)) {
                if (head == Head.BY_NAME) {
                    carryClasses(from, source, to, segment);
                }
            } else if (source.length() != segment.length()) {
                throw different("its layer '" + segment.layer() + "' has " + source.length() + " values of "
                        + segment.parameter() + ", the new network has " + segment.length());
            } else {
                to.parameters().put(segment.offset(), from.parameters(), source.offset(), segment.length());
            }
        }
    }

    /** An output's weights stand class after class, {@code [in, out]} column by column. */
    private static void carryClasses(Side from, Segment source, Side to, Segment target) {
        int sourceWidth = source.length() / from.labels().size();
        int width = target.length() / to.labels().size();
        if (sourceWidth != width || (target.kind() != Kind.WEIGHT && width != 1)) {
            throw different("its output layer has " + sourceWidth + " values for each class, the new network has "
                    + width + "; start with a new head");
        }
        for (int label = 0; label < to.labels().size(); label++) {
            int known = from.labels().indexOf(to.labels().get(label));
            if (known >= 0) {
                to.parameters()
                        .put(
                                target.offset() + label * width,
                                from.parameters(),
                                source.offset() + known * width,
                                width);
            }
        }
    }

    private static String outputLayer(StateLayout layout) {
        return layout.segments().get(layout.segments().size() - 1).layer();
    }

    private static Optional<Segment> segment(StateLayout layout, Segment wanted) {
        return layout.segments().stream()
                .filter(segment -> segment.layer().equals(wanted.layer())
                        && segment.parameter().equals(wanted.parameter()))
                .findFirst();
    }

    private static IllegalArgumentException different(String what) {
        return new IllegalArgumentException("The trained network is of another kind: " + what
                + "; start from a model of the same architecture and input size, or from scratch");
    }
}
