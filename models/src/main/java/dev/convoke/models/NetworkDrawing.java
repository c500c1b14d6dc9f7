package dev.convoke.models;

import dev.convoke.models.NetworkLayout.Box;
import dev.convoke.models.NetworkLayout.Line;
import dev.convoke.models.NetworkLayout.Point;
import dev.convoke.models.NetworkSummary.Row;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws a network: one box a layer with its type, its output and its parameters, inputs at the top. As SVG for pages,
 * as DOT for Graphviz, as pixels for notebooks.
 */
public final class NetworkDrawing {

    private static final String OTHER = "#8a93a6";

    /** Colours by what a layer does, on light and dark ground alike. */
    private static final Map<String, String> COLOURS = Map.of(
            "InputLayer", "#5d6475",
            "Conv2D", "#3b63e0",
            "Dense", "#a244c4",
            "MaxPooling2D", "#13917f",
            "AveragePooling2D", "#13917f",
            "GlobalAveragePooling2D", "#13917f",
            "BatchNormalization", "#b88a00",
            "Concatenate", "#d63a76",
            "Add", "#d63a76",
            "Dropout", "#e0662b");

    private static final double ROUND = 7;

    /** More characters do not fit into a box. */
    private static final int LONGEST = 31;

    private final NetworkSummary network;
    private final NetworkLayout layout;

    private NetworkDrawing(NetworkSummary network) {
        this.network = network;
        this.layout = NetworkLayout.of(network);
    }

    /** Places the layers of a network. */
    public static NetworkDrawing of(NetworkSummary network) {
        return new NetworkDrawing(network);
    }

    /** Returns a whole SVG file, readable on light and dark ground. */
    public String svg() {
        StringBuilder svg = new StringBuilder();
        append(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\""
                        + " font-family=\"system-ui, 'DejaVu Sans', sans-serif\">%n",
                layout.width(),
                layout.height(),
                layout.width(),
                layout.height());
        append(svg, "<title>%s</title>%n", escaped(network.name()));
        svg.append(
                "<style>.line { fill: none; stroke: #8a93a6; stroke-width: 1.4; } .name { fill: #fff; font-size: 12px;"
                        + " font-weight: 600; } .detail { fill: #fff; font-size: 10.5px; opacity: 0.9; }</style>\n");
        for (Line line : layout.lines()) {
            append(svg, "<path class=\"line\" d=\"%s\"/>%n", curve(line.points()));
        }
        for (Box box : layout.boxes()) {
            append(
                    svg,
                    "<g><title>%s</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.0f\""
                            + " fill=\"%s\"/>",
                    escaped(box.row().name() + ": " + box.row().type() + ", " + detail(box.row())),
                    box.x(),
                    box.y(),
                    box.width(),
                    box.height(),
                    ROUND,
                    colour(box.row()));
            append(
                    svg,
                    "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                    box.x() + 9,
                    box.y() + 16,
                    escaped(headline(box.row())));
            if (!NetworkLayout.isFlat(box.row())) {
                append(
                        svg,
                        "<text class=\"detail\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                        box.x() + 9,
                        box.y() + 34,
                        escaped(detail(box.row())));
            }
            svg.append("</g>\n");
        }
        return svg.append("</svg>\n").toString();
    }

    /** Returns the graph in Graphviz's language. */
    public String dot() {
        StringBuilder dot = new StringBuilder();
        append(dot, "digraph \"%s\" {%n", quoted(network.name()));
        dot.append(
                "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontcolor=white, color=none];\n");
        for (Row row : network.rows()) {
            append(
                    dot,
                    "  \"%s\" [label=\"%s\\n%s\\n%s\", fillcolor=\"%s\"];%n",
                    quoted(row.name()),
                    quoted(row.name()),
                    quoted(row.type()),
                    quoted(detail(row)),
                    colour(row));
        }
        for (Row row : network.rows()) {
            for (String from : row.connectedTo()) {
                append(dot, "  \"%s\" -> \"%s\";%n", quoted(from), quoted(row.name()));
            }
        }
        return dot.append("}\n").toString();
    }

    /**
     * Returns the picture as pixels on white; needs a font to be installed.
     *
     * @param scale pixels for one of the SVG's
     */
    public BufferedImage image(double scale) {
        BufferedImage image = new BufferedImage(
                (int) Math.ceil(layout.width() * scale),
                (int) Math.ceil(layout.height() * scale),
                BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.scale(scale, scale);
        graphics.setColor(Color.decode(OTHER));
        graphics.setStroke(new BasicStroke(1.4f));
        layout.lines().forEach(line -> graphics.draw(path(line.points())));
        for (Box box : layout.boxes()) {
            graphics.setColor(Color.decode(colour(box.row())));
            graphics.fill(
                    new RoundRectangle2D.Double(box.x(), box.y(), box.width(), box.height(), 2 * ROUND, 2 * ROUND));
            graphics.setColor(Color.WHITE);
            graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 12));
            graphics.drawString(headline(box.row()), (float) box.x() + 9, (float) box.y() + 16);
            if (!NetworkLayout.isFlat(box.row())) {
                graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10));
                graphics.drawString(detail(box.row()), (float) box.x() + 9, (float) box.y() + 34);
            }
        }
        graphics.dispose();
        return image;
    }

    private static String headline(Row row) {
        String type = row.type().replace("Normalization", "Norm").replace("Pooling2D", "Pool");
        String text = row.name() + "  " + type;
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    }

    private static String detail(Row row) {
        String shape = String.join(
                " x ", row.outputShape().stream().map(String::valueOf).toList());
        return row.parameters() == 0
                ? shape
                : String.format(Locale.ROOT, "%s, %,d parameters", shape, row.parameters());
    }

    private static String colour(Row row) {
        return COLOURS.getOrDefault(row.type(), OTHER);
    }

    private static String curve(List<Point> points) {
        StringBuilder path = new StringBuilder();
        append(path, "M%.1f %.1f", points.get(0).x(), points.get(0).y());
        for (int i = 1; i < points.size(); i++) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            double middle = (from.y() + to.y()) / 2;
            append(path, "C%.1f %.1f %.1f %.1f %.1f %.1f", from.x(), middle, to.x(), middle, to.x(), to.y());
        }
        return path.toString();
    }

    private static Path2D path(List<Point> points) {
        Path2D.Double path = new Path2D.Double();
        path.moveTo(points.get(0).x(), points.get(0).y());
        for (int i = 1; i < points.size(); i++) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            double middle = (from.y() + to.y()) / 2;
            path.curveTo(from.x(), middle, to.x(), middle, to.x(), to.y());
        }
        return path;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String quoted(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    private static void append(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
