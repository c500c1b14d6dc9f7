package dev.convoke.bench.averaging;

import dev.convoke.bench.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well rounds of one master and one number of workers lie on a line over the bytes of their state, by least
 * squares.
 *
 * @param slope milliseconds for each MB of the state
 * @param intercept milliseconds of a round without any
 * @param rSquared the share of the variance that the line explains: 1 if all lie on it
 */
record Linearity(double slope, double intercept, double rSquared) {

    /** Two always lie on a line. */
    private static final int FEWEST_STATES = 3;

    private record Case(String master, long workers) {}

    private record Point(double megabytes, double millis) {}

    /** Returns a row for each master and number of workers with rounds of three states or more among the rows. */
    static List<Row> of(List<Row> measured) {
        Map<Case, List<Point>> cases = new LinkedHashMap<>();
        for (Row row : measured) {
            Map<String, Object> fields = row.fields();
            if (fields.get("round_ms") instanceof Double millis
                    && fields.get("state_mb") instanceof Long megabytes
                    && fields.get("workers") instanceof Long workers
                    && fields.get("master") instanceof String master) {
                cases.computeIfAbsent(new Case(master, workers), absent -> new ArrayList<>())
                        .add(new Point(megabytes, millis));
            }
        }
        List<Row> rows = new ArrayList<>();
        cases.forEach((which, points) -> {
            long states = points.stream().map(Point::megabytes).distinct().count();
            if (states >= FEWEST_STATES) {
                rows.add(fit(points).row(which, states));
            }
        });
        return rows;
    }

    private Row row(Case which, long states) {
        return Row.builder()
                .label("case", "round time against bytes")
                .label("master", which.master)
                .number("workers", which.workers)
                .number("states", states)
                .number("r_squared", rSquared)
                .number("ms_per_mb", slope)
                .number("ms_without_bytes", intercept)
                .build();
    }

    private static Linearity fit(List<Point> points) {
        double meanX = points.stream().mapToDouble(Point::megabytes).average().orElseThrow();
        double meanY = points.stream().mapToDouble(Point::millis).average().orElseThrow();
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (Point point : points) {
            double x = point.megabytes - meanX;
            double y = point.millis - meanY;
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        double slope = xy / xx;
        return new Linearity(slope, meanY - slope * meanX, yy == 0 ? 1 : xy * xy / (xx * yy));
    }
}
