package dev.convoke.evaluation.report;

import dev.convoke.evaluation.report.Chart.LegendEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * Curves over the rounds of a run.
 *
 * @param title what is measured, with its unit
 * @param series the curves; those without points are left out
 * @param format writes a value
 * @param epochEnds the rounds after which an epoch ended, drawn as faint lines
 * @param ceiling where the scale ends, or NaN for where the values end
 * @param along what they are drawn along, such as rounds
 */
record LineChart(
        String title,
        List<Series> series,
        DoubleFunction<String> format,
        List<Integer> epochEnds,
        double ceiling,
        String along) {

    /** More points than this are no longer told apart. */
    private static final int MOST_POINTS = 300;

    private static final int SMOOTHED_FROM = 24;

    /**
     * One curve.
     *
     * @param name for the legend
     * @param style its colour
     * @param marks how the points are drawn
     * @param points in the order of x
     */
    record Series(String name, String style, Marks marks, List<Point> points) {}

    /** One value. */
    record Point(double x, double y) {}

    /** How a curve is drawn. */
    enum Marks {
        /** Every round, with noise: faint, and a smooth curve over it. */
        NOISY,
        /** Every round, exactly. */
        EXACT,
        /** Measured seldom: a dot each. */
        DOTS
    }

    /** Writes the chart as a card, or nothing if there is no point at all. */
    void write(Html html) {
        List<Series> drawn =
                series.stream().filter(one -> !one.points().isEmpty()).toList();
        if (drawn.isEmpty()) {
            return;
        }
        double high = drawn.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(Point::y)
                .max()
                .orElse(1);
        double end = drawn.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(Point::x)
                .max()
                .orElse(1);
        double start = drawn.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(Point::x)
                .min()
                .orElse(0);
        Axis x = new Axis(start, end > start ? end : start + 1, Chart.LEFT, Chart.RIGHT);
        Axis y = Double.isNaN(ceiling)
                ? Axis.around(0, high, Chart.BOTTOM, Chart.TOP)
                : new Axis(0, ceiling, Chart.BOTTOM, Chart.TOP);
        List<LegendEntry> keys = new ArrayList<>();
        for (Series one : drawn) {
            keys.add(new LegendEntry(one.style(), one.name() + " " + format.apply(last(one))));
        }
        Chart.open(html, title, keys.stream().map(LegendEntry::text).toList().toString(), keys);
        for (int round : epochEnds) {
            if (round > start && round < end && epochEnds.size() <= 40) {
                Chart.line(html, "epoch", x.at(round), Chart.TOP, x.at(round), Chart.BOTTOM);
            }
        }
        Chart.axes(html, x, y, along, format);
        drawn.forEach(one -> curve(html, one, x, y));
        Chart.close(html);
    }

    private void curve(Html html, Series one, Axis x, Axis y) {
        List<Point> points = thinned(one.points());
        if (one.marks() == Marks.DOTS) {
            path(html, "curve " + one.style(), points, x, y);
            for (Point point : points) {
                String[] place = Chart.place("cx", x.at(point.x()), "cy", y.at(point.y()), "r", 3.2);
                html.open("circle", Chart.styled("dot " + one.style(), place))
                        .element("title", along + " " + place(point.x()) + ": " + format.apply(point.y()))
                        .close();
            }
        } else if (one.marks() == Marks.EXACT || points.size() < SMOOTHED_FROM) {
            path(html, "curve " + one.style(), points, x, y);
        } else {
            path(html, "curve raw " + one.style(), points, x, y);
            path(html, "curve " + one.style(), smoothed(points), x, y);
        }
    }

    private static String place(double x) {
        return x == Math.rint(x) ? Numbers.count((long) x) : Numbers.plain(x);
    }

    private static double last(Series one) {
        return one.points().get(one.points().size() - 1).y();
    }

    private static void path(Html html, String style, List<Point> points, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        for (Point point : points) {
            double capped = Math.max(y.low(), Math.min(y.high(), point.y()));
            path.append(path.isEmpty() ? "M" : "L")
                    .append(Numbers.coordinate(x.at(point.x())))
                    .append(' ')
                    .append(Numbers.coordinate(y.at(capped)));
        }
        html.empty("path", "class", style, "d", path.toString());
    }

    /** Returns the means of so many neighbours that few enough points stay. */
    static List<Point> thinned(List<Point> points) {
        int stride = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
        if (stride <= 1) {
            return points;
        }
        List<Point> thinned = new ArrayList<>();
        for (int from = 0; from < points.size(); from += stride) {
            List<Point> part = points.subList(from, Math.min(points.size(), from + stride));
            thinned.add(new Point(
                    part.stream().mapToDouble(Point::x).average().orElse(0),
                    part.stream().mapToDouble(Point::y).average().orElse(0)));
        }
        return thinned;
    }

    /** Returns the mean of each point's neighbourhood, a tenth of the curve wide; it lags behind nothing. */
    private static List<Point> smoothed(List<Point> points) {
        int reach = Math.max(1, points.size() / 20);
        List<Point> smoothed = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            int side = Math.min(reach, Math.min(i, points.size() - 1 - i));
            double mean = points.subList(i - side, i + side + 1).stream()
                    .mapToDouble(Point::y)
                    .average()
                    .orElse(0);
            smoothed.add(new Point(points.get(i).x(), mean));
        }
        return smoothed;
    }
}
