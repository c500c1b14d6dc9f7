package dev.convoke.evaluation.report;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.report.LineChart.Marks;
import dev.convoke.evaluation.report.LineChart.Point;
import dev.convoke.evaluation.report.LineChart.Series;
import dev.convoke.metrics.RoundMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Two runs or more side by side: figures, curves in the same frames, what differs in how they were made. */
final class ComparisonPage {

    private static final int COLOURS = 6;

    /** Runs of more examples are drawn along thousands of them. */
    private static final double LONG = 4000;

    private final List<RunOverview> runs;
    private final List<String> names;
    private final double unit;
    private final String along;
    private final Html html = new Html();

    private ComparisonPage(List<RunOverview> runs) {
        this.runs = runs;
        boolean isLong = runs.stream().anyMatch(run -> examples(run) > LONG);
        this.unit = isLong ? 1000.0 : 1.0;
        this.along = isLong ? "thousand examples" : "examples";
        this.names = namesOf(runs);
    }

    static String of(List<RunOverview> runs) {
        return new ComparisonPage(runs).write();
    }

    /** Returns the last names of the directories, or the whole addresses if two of them are alike. */
    static List<String> namesOf(List<RunOverview> runs) {
        List<String> last = runs.stream().map(run -> run.run().name()).toList();
        return Set.copyOf(last).size() == last.size()
                ? last
                : runs.stream().map(run -> run.run().uri()).toList();
    }

    private String write() {
        String title = names.size() <= 3 ? String.join(" and ", names) : names.size() + " runs";
        ReportPage.open(html, title);
        html.open("header")
                .element("p", "Convoke runs compared", "class", "eyebrow")
                .element("h1", title)
                .close();
        missing();
        figures();
        curves();
        differences(
                "What differs in the recipes",
                "The recipes are the same.",
                RunOverview::settings,
                List.of("name", "data", "out"));
        if (runs.size() == 2) {
            new ClassComparison(runs, names).write(html);
        }
        differences(
                "What differs in where they ran",
                "They ran on the same machine, with the same program.",
                RunOverview::provenance,
                List.of("started at", "recipe sha256"));
        html.open("footer").text("Written by Convoke from the runs' own files; this page needs nothing beside it.");
        return html.close().close().close().close().page();
    }

    private void missing() {
        List<String> sentences = runs.stream()
                .flatMap(run -> run.missing().stream().map(sentence -> run.run().name() + ": " + sentence))
                .toList();
        if (!sentences.isEmpty()) {
            html.open("section", "class", "card note")
                    .element("h2", "Not in this report")
                    .open("ul");
            sentences.forEach(sentence -> html.element("li", sentence));
            html.close().close();
        }
    }

    private record FigureRow(
            String name, ToDoubleFunction<RunOverview> value, DoubleFunction<String> format, int better) {}

    private void figures() {
        List<FigureRow> rows = List.of(
                new FigureRow("top-1", run -> headline(run, figures -> figures.top1()), Numbers::percent, 1),
                new FigureRow("top-5", run -> headline(run, figures -> figures.top5()), Numbers::percent, 1),
                new FigureRow("loss, nats", run -> headline(run, figures -> figures.loss()), Numbers::plain, -1),
                new FigureRow("images a second", RunOverview::imagesPerSecond, Numbers::plain, 1),
                new FigureRow("rounds", RunOverview::roundsDone, value -> Numbers.count((long) value), 0),
                new FigureRow("examples seen", ComparisonPage::examples, value -> Numbers.count((long) value), 0),
                new FigureRow("time, last start to end", ComparisonPage::millis, Numbers::duration, 0));
        html.element("h2", "Figures").open("section", "class", "card").open("div", "class", "scroll");
        html.open("table", "class", "figures").open("tr").element("th", "");
        for (int i = 0; i < runs.size(); i++) {
            html.open("th", "class", "number")
                    .element("i", "", "class", "swatch " + style(i))
                    .text(names.get(i))
                    .close();
        }
        html.close();
        row("status", RunOverview::status);
        row("network", run -> run.setting("architecture"));
        row(
                "evaluated on",
                run -> run.figures()
                        .map(report -> report.evaluated().split() + ", round "
                                + report.evaluated().rounds())
                        .orElse("–"));
        rows.forEach(this::row);
        html.close().close().close();
    }

    private void row(String name, Function<RunOverview, String> text) {
        html.open("tr").element("td", name);
        runs.forEach(run -> html.element("td", text.apply(run), "class", "number"));
        html.close();
    }

    private void row(FigureRow row) {
        double[] values = runs.stream().mapToDouble(row.value()).toArray();
        double best = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            best = Double.isFinite(value) ? Math.max(best, row.better() * value) : best;
        }
        boolean alike = Arrays.stream(values).distinct().count() == 1;
        html.open("tr").element("td", row.name());
        for (double value : values) {
            boolean isBest = row.better() != 0 && !alike && row.better() * value == best;
            String text = Double.isFinite(value) ? row.format().apply(value) : Numbers.plain(value);
            html.element("td", text, "class", isBest ? "number best" : "number");
        }
        html.close();
    }

    private static double headline(RunOverview run, ToDoubleFunction<EvaluationReport.Headline> figure) {
        return run.figures()
                .map(report -> figure.applyAsDouble(report.headline()))
                .orElse(Double.NaN);
    }

    private static double examples(RunOverview run) {
        return run.rounds().isEmpty()
                ? Double.NaN
                : run.rounds().get(run.rounds().size() - 1).examplesSeen();
    }

    private static double millis(RunOverview run) {
        return run.duration().map(time -> (double) time.toMillis()).orElse(Double.NaN);
    }

    private void curves() {
        html.element("h2", "How training went").open("section", "class", "charts");
        chart("Training loss, nats", Numbers::plain, Double.NaN, rounds(Marks.NOISY, RoundMetrics::loss));
        chart("Training accuracy", Numbers::percent, 1, rounds(Marks.NOISY, RoundMetrics::accuracy));
        chart("Validation loss, nats", Numbers::plain, Double.NaN, validations(headline -> headline.loss()));
        chart("Validation top-1", Numbers::percent, 1, validations(headline -> headline.top1()));
        chart("Images a second", Numbers::plain, Double.NaN, rounds(Marks.NOISY, RoundMetrics::imagesPerSecond));
        chart("Learning rate", Numbers::plain, Double.NaN, rounds(Marks.EXACT, RoundMetrics::learningRate));
        chart("Divergence of the replicas", Numbers::plain, Double.NaN, rounds(Marks.NOISY, RoundMetrics::divergence));
        html.close();
    }

    private void chart(String title, DoubleFunction<String> format, double ceiling, List<Series> series) {
        new LineChart(title, series, format, List.of(), ceiling, along).write(html);
    }

    private List<Series> rounds(Marks marks, ToDoubleFunction<RoundMetrics> value) {
        List<Series> series = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            List<Point> points = runs.get(i).rounds().stream()
                    .map(round -> new Point(round.examplesSeen() / unit, value.applyAsDouble(round)))
                    .filter(point -> Double.isFinite(point.y()))
                    .toList();
            series.add(new Series(names.get(i), style(i), marks, points));
        }
        return series;
    }

    private List<Series> validations(ToDoubleFunction<EvaluationReport.Headline> value) {
        List<Series> series = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            RunOverview run = runs.get(i);
            List<Point> points = run.validations().stream()
                    .map(report -> new Point(
                            examplesAt(run, report.evaluated().rounds()) / unit,
                            value.applyAsDouble(report.headline())))
                    .filter(point -> Double.isFinite(point.x()) && Double.isFinite(point.y()))
                    .toList();
            series.add(new Series(names.get(i), style(i), Marks.DOTS, points));
        }
        return series;
    }

    /** Returns the examples seen after so many rounds; between two rounds that were read, in proportion. */
    private static double examplesAt(RunOverview run, int rounds) {
        double round = 0;
        double seen = 0;
        for (RoundMetrics metrics : run.rounds()) {
            if (metrics.round() >= rounds) {
                return seen + (metrics.examplesSeen() - seen) * (rounds - round) / (metrics.round() - round);
            }
            round = metrics.round();
            seen = metrics.examplesSeen();
        }
        return Double.NaN;
    }

    private void differences(
            String title, String none, Function<RunOverview, Map<String, String>> values, List<String> expected) {
        Set<String> keys = new LinkedHashSet<>();
        runs.forEach(run -> keys.addAll(values.apply(run).keySet()));
        expected.forEach(keys::remove);
        keys.removeIf(key -> runs.stream()
                .allMatch(run -> Objects.equals(
                        values.apply(run).get(key), values.apply(runs.get(0)).get(key))));
        html.element("h2", title).open("section", "class", "card");
        if (keys.isEmpty()) {
            html.element("p", none);
        } else {
            html.open("div", "class", "scroll")
                    .open("table", "class", "figures")
                    .open("tr")
                    .element("th", "");
            names.forEach(name -> html.element("th", name));
            html.close();
            for (String key : keys) {
                html.open("tr").element("td", key);
                runs.forEach(run -> html.element("td", values.apply(run).getOrDefault(key, "–")));
                html.close();
            }
            html.close().close();
        }
        html.close();
    }

    private static String style(int run) {
        return "s" + (run % COLOURS + 1);
    }
}
