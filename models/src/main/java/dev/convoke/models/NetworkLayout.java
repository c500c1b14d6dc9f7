package dev.convoke.models;

import dev.convoke.models.NetworkSummary.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the layers of a network stand in a picture: each below the ones it reads, with room left for connections that
 * pass by. After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures"
 * (1981), in its simplest form.
 *
 * @param boxes one for each layer
 * @param lines one for each connection
 * @param width of the picture in pixels
 * @param height of the picture in pixels
 */
record NetworkLayout(List<Box> boxes, List<Line> lines, double width, double height) {

    private static final double BOX_WIDTH = 250;
    private static final double TALL = 44;
    private static final double FLAT = 24;
    private static final double PASSING = 28;
    private static final double GAP_X = 18;
    private static final double GAP_Y = 22;
    private static final double MARGIN = 16;
    private static final int SWEEPS = 8;

    /** A layer's place: the upper left corner and the size. */
    record Box(Row row, double x, double y, double width, double height) {}

    /** A connection, through all its points. */
    record Line(List<Point> points) {}

    /** A place. */
    record Point(double x, double y) {}

    /** A layer, or the place where a connection passes a rank. */
    private static final class Node {
        private final @Nullable Row row;
        private final List<Node> above = new ArrayList<>();
        private final List<Node> below = new ArrayList<>();
        private int rank;
        private double place;
        private double x;
        private double y;

        Node(@Nullable Row row, int rank) {
            this.row = row;
            this.rank = rank;
        }

        double width() {
            return row == null ? PASSING : BOX_WIDTH;
        }

        double height() {
            return row == null ? 0 : isFlat(row) ? FLAT : TALL;
        }
    }

    /** Places the layers of a network. */
    static NetworkLayout of(NetworkSummary network) {
        Map<String, Node> nodes = new LinkedHashMap<>();
        List<List<Node>> paths = new ArrayList<>();
        List<List<Node>> ranks = new ArrayList<>();
        for (Row row : network.rows()) {
            int rank = row.connectedTo().stream()
                    .mapToInt(name -> node(nodes, name).rank + 1)
                    .max()
                    .orElse(0);
            Node node = new Node(row, rank);
            nodes.put(row.name(), node);
            rankOf(ranks, rank).add(node);
            for (String name : row.connectedTo()) {
                paths.add(path(ranks, node(nodes, name), node));
            }
        }
        order(ranks);
        return placed(ranks, paths);
    }

    /** Layers without numbers of their own need little room. */
    static boolean isFlat(Row row) {
        return row.parameters() == 0 || row.type().equals("BatchNormalization");
    }

    private static Node node(Map<String, Node> nodes, String name) {
        Node node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("Layer '" + name + "' is read before it is there");
        }
        return node;
    }

    private static List<Node> rankOf(List<List<Node>> ranks, int rank) {
        while (ranks.size() <= rank) {
            ranks.add(new ArrayList<>());
        }
        return ranks.get(rank);
    }

    private static List<Node> path(List<List<Node>> ranks, Node from, Node to) {
        List<Node> path = new ArrayList<>(List.of(from));
        Node last = from;
        for (int rank = from.rank + 1; rank <= to.rank; rank++) {
            Node next = rank == to.rank ? to : new Node(null, rank);
            if (rank < to.rank) {
                ranks.get(rank).add(next);
            }
            last.below.add(next);
            next.above.add(last);
            path.add(next);
            last = next;
        }
        return path;
    }

    /** Moves every node to the middle of those it is connected to, down and up in turn, so that few lines cross. */
    private static void order(List<List<Node>> ranks) {
        ranks.forEach(NetworkLayout::number);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            boolean down = sweep % 2 == 0;
            for (int i = 0; i < ranks.size(); i++) {
                List<Node> rank = ranks.get(down ? i : ranks.size() - 1 - i);
                Map<Node, Double> wanted = new HashMap<>();
                for (Node node : rank) {
                    List<Node> others = down ? node.above : node.below;
                    wanted.put(
                            node,
                            others.stream()
                                    .mapToDouble(other -> other.place)
                                    .average()
                                    .orElse(node.place));
                }
                rank.sort(Comparator.comparingDouble(node -> wanted.getOrDefault(node, 0.0)));
                number(rank);
            }
        }
    }

    /** Gives each node its middle, were the rank centred on 0. */
    private static void number(List<Node> rank) {
        double width = rank.stream().mapToDouble(Node::width).sum() + GAP_X * (rank.size() - 1);
        double left = -width / 2;
        for (Node node : rank) {
            node.place = left + node.width() / 2;
            left += node.width() + GAP_X;
        }
    }

    private static NetworkLayout placed(List<List<Node>> ranks, List<List<Node>> paths) {
        double reach = ranks.stream()
                .flatMap(List::stream)
                .mapToDouble(node -> Math.abs(node.place) + node.width() / 2)
                .max()
                .orElse(0);
        double middle = reach + MARGIN;
        double y = MARGIN;
        List<Box> boxes = new ArrayList<>();
        for (List<Node> rank : ranks) {
            double height = rank.stream().mapToDouble(Node::height).max().orElse(0);
            for (Node node : rank) {
                node.x = middle + node.place;
                node.y = y + height / 2;
                Row row = node.row;
                if (row != null) {
                    boxes.add(new Box(
                            row, node.x - node.width() / 2, node.y - node.height() / 2, node.width(), node.height()));
                }
            }
            y += height + GAP_Y;
        }
        List<Line> lines = paths.stream().map(NetworkLayout::line).toList();
        return new NetworkLayout(boxes, lines, 2 * middle, y - GAP_Y + MARGIN);
    }

    private static Line line(List<Node> path) {
        List<Point> points = new ArrayList<>();
        Node from = path.get(0);
        Node to = path.get(path.size() - 1);
        points.add(new Point(from.x, from.y + from.height() / 2));
        for (Node node : path.subList(1, path.size() - 1)) {
            points.add(new Point(node.x, node.y));
        }
        points.add(new Point(to.x, to.y - to.height() / 2));
        return new Line(points);
    }
}
