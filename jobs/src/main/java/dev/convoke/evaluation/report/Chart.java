package dev.convoke.evaluation.report;

import java.util.List;
import java.util.function.DoubleFunction;

/** What all charts share: the card around them, the frame, the axes and the legend. */
final class Chart {

    static final double WIDTH = 400;
    static final double HEIGHT = 210;
    static final double LEFT = 46;
    static final double RIGHT = 390;
    static final double TOP = 10;
    static final double BOTTOM = 180;

    private Chart() {}

    /**
     * An entry of a legend.
     *
     * @param style names the colour: {@code s1} to {@code s6}
     * @param text the entry
     */
    record LegendEntry(String style, String text) {}

    /** Opens a card with a heading, a legend and a drawing in it; {@link #close} closes all. */
    static void open(Html html, String title, String summary, List<LegendEntry> keys) {
        html.open("figure", "class", "card chart").element("figcaption", title);
        html.open("ul", "class", "legend");
        for (LegendEntry key : keys) {
            html.open("li")
                    .element("i", "", "class", "swatch " + key.style())
                    .text(key.text())
                    .close();
        }
        html.close();
        html.open(
                "svg",
                "viewBox",
                "0 0 " + Numbers.coordinate(WIDTH) + " " + Numbers.coordinate(HEIGHT),
                "role",
                "img",
                "aria-label",
                title + ": " + summary);
    }

    static void close(Html html) {
        html.close().close();
    }

    /** Draws grid lines and labels of both axes. */
    static void axes(Html html, Axis x, Axis y, String xLabel, DoubleFunction<String> format) {
        for (double tick : y.ticks(4)) {
            line(html, "grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            html.element(
                    "text",
                    Numbers.trimmed(format.apply(tick)),
                    styled("tick left", place("x", LEFT - 6, "y", y.at(tick))));
        }
        for (double tick : x.ticks(6)) {
            if (tick == Math.rint(tick)) {
                String[] place = place("x", x.at(tick), "y", BOTTOM + 14);
                html.element("text", Numbers.count((long) tick), styled("tick below", place));
            }
        }
        html.element("text", xLabel, styled("tick end", place("x", RIGHT, "y", BOTTOM + 27)));
    }

    static void line(Html html, String style, double x1, double y1, double x2, double y2) {
        html.empty("line", styled(style, place("x1", x1, "y1", y1, "x2", x2, "y2", y2)));
    }

    /** Returns attributes of a drawing: name, coordinate, name, coordinate, ... */
    static String[] place(Object... attributes) {
        String[] texts = new String[attributes.length];
        for (int i = 0; i < attributes.length; i++) {
            texts[i] = attributes[i] instanceof Number value
                    ? Numbers.coordinate(value.doubleValue())
                    : String.valueOf(attributes[i]);
        }
        return texts;
    }

    /** Returns attributes with a style in front. */
    static String[] styled(String style, String... attributes) {
        String[] all = new String[attributes.length + 2];
        all[0] = "class";
        all[1] = style;
        System.arraycopy(attributes, 0, all, 2, attributes.length);
        return all;
    }
}
