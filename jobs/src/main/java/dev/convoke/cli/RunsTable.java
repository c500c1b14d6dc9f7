package dev.convoke.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.evaluation.EvaluationReport.Headline;
import dev.convoke.evaluation.report.RunOverview;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.storage.JsonFields;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Runs as tables of text. */
final class RunsTable {

    private static final String NONE = "-";
    private static final int CURVE = 16;
    private static final int LONGEST_CELL = 40;

    /** Heights of a small curve, lowest first; a terminal without Unicode gets other marks. */
    private static final String UNICODE = "▁▂▃▄▅▆▇█";

    private static final String ASCII = "_.-=+*#@";

    private RunsTable() {}

    /** Returns a line for each run. */
    static String list(List<RunOverview> runs) {
        Map<String, Function<RunOverview, String>> columns = new LinkedHashMap<>();
        columns.put("run", run -> run.run().name());
        columns.put("network", run -> run.setting("architecture"));
        columns.put("status", RunOverview::status);
        columns.put("rounds", run -> String.format(Locale.ROOT, "%,d", run.roundsDone()));
        columns.put("epochs", run -> run.setting("epochs"));
        columns.put("top-1", run -> figure(run, headline -> share(headline.top1())));
        columns.put("loss", run -> figure(run, headline -> number(headline.loss())));
        columns.put("images/s", run -> number(run.imagesPerSecond()));
        columns.put("time", RunsTable::time);
        columns.put("training loss", run -> curve(run.rounds()));
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.copyOf(columns.keySet()));
        for (RunOverview run : runs) {
            lines.add(columns.values().stream().map(column -> column.apply(run)).toList());
        }
        StringBuilder text = new StringBuilder(aligned(lines));
        runs.forEach(run -> run.missing().stream()
                .filter(sentence -> !sentence.startsWith("There "))
                .forEach(sentence -> text.append(run.run().name())
                        .append(": ")
                        .append(sentence)
                        .append('\n')));
        return text.toString();
    }

    /** Returns a column for each run: figures first, then the keys in which the recipes differ. */
    static String sideBySide(List<RunOverview> runs) {
        List<List<String>> lines = new ArrayList<>();
        line(lines, "", runs, run -> run.run().name());
        line(lines, "status", runs, RunOverview::status);
        line(lines, "rounds", runs, run -> String.format(Locale.ROOT, "%,d", run.roundsDone()));
        line(
                lines,
                "evaluated on",
                runs,
                run -> run.figures().map(report -> report.evaluated().split()).orElse(NONE));
        line(lines, "top-1", runs, run -> figure(run, headline -> share(headline.top1())));
        line(lines, "top-5", runs, run -> figure(run, headline -> share(headline.top5())));
        line(lines, "loss", runs, run -> figure(run, headline -> number(headline.loss())));
        line(lines, "images/s", runs, run -> number(run.imagesPerSecond()));
        line(lines, "time", runs, RunsTable::time);
        line(lines, "training loss", runs, run -> curve(run.rounds()));
        Set<String> keys = new LinkedHashSet<>();
        runs.forEach(run -> keys.addAll(run.settings().keySet()));
        for (String key : keys) {
            boolean differs = runs.stream()
                    .anyMatch(run -> !Objects.equals(
                            run.settings().get(key), runs.get(0).settings().get(key)));
            if (differs && !key.equals("out")) {
                line(lines, key, runs, run -> run.settings().getOrDefault(key, NONE));
            }
        }
        return aligned(lines);
    }

    /** Returns a run on one line, for programs. */
    static String json(RunOverview run) {
        ObjectNode root = JsonFields.object();
        root.put("run", run.run().uri());
        root.put("status", run.status());
        root.put("rounds", run.roundsDone());
        run.state()
                .ifPresent(content -> root.put("started_at", content.started().toString()));
        Optional<Headline> figures = run.figures().map(report -> report.headline());
        run.figures().ifPresent(report -> root.put("split", report.evaluated().split()));
        figures.ifPresent(headline -> {
            put(root, "top1", headline.top1());
            put(root, "top5", headline.top5());
            put(root, "loss", headline.loss());
        });
        put(root, "images_per_second", run.imagesPerSecond());
        ObjectNode recipe = root.putObject("recipe");
        run.settings().forEach(recipe::put);
        return JsonFields.line(root);
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private static void line(
            List<List<String>> lines, String name, List<RunOverview> runs, Function<RunOverview, String> value) {
        List<String> cells = new ArrayList<>();
        cells.add(name);
        runs.forEach(run -> cells.add(value.apply(run)));
        lines.add(cells);
    }

    private static String figure(RunOverview run, Function<Headline, String> text) {
        return run.figures().map(report -> text.apply(report.headline())).orElse(NONE);
    }

    private static String share(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : NONE;
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, value < 10 ? "%.3f" : "%,.1f", value) : NONE;
    }

    private static String time(RunOverview run) {
        return run.duration()
                .map(time -> ProgressLine.duration(time.toMillis() / 1000.0))
                .orElse(NONE);
    }

    /** Returns the losses as marks from low to high, over the range of this run. */
    static String curve(List<RoundMetrics> rounds) {
        double[] losses = rounds.stream()
                .mapToDouble(RoundMetrics::loss)
                .filter(Double::isFinite)
                .toArray();
        if (losses.length == 0) {
            return NONE;
        }
        String marks = Charset.defaultCharset().equals(StandardCharsets.UTF_8) ? UNICODE : ASCII;
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double loss : losses) {
            low = Math.min(low, loss);
            high = Math.max(high, loss);
        }
        StringBuilder curve = new StringBuilder();
        int length = Math.min(CURVE, losses.length);
        for (int i = 0; i < length; i++) {
            double loss = losses[(int) ((long) losses.length * (i + 1) / length) - 1];
            double height = high > low ? (loss - low) / (high - low) : 0;
            curve.append(marks.charAt((int) Math.round(height * (marks.length() - 1))));
        }
        return curve.toString();
    }

    private static String aligned(List<List<String>> lines) {
        int[] widths = new int[lines.get(0).size()];
        for (List<String> cells : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], cut(cells.get(i)).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> cells : lines) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = cut(cells.get(i));
                line.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String cut(String cell) {
        return cell.length() <= LONGEST_CELL ? cell : cell.substring(0, LONGEST_CELL - 3) + "...";
    }
}
