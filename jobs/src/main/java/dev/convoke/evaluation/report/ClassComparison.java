package dev.convoke.evaluation.report;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationReport.ClassFigures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Which classes one of two runs recognises better, if both were evaluated on the same split with the same classes. */
final class ClassComparison {

    private static final int MOST_CLASSES = 100;

    private final List<RunOverview> runs;
    private final List<String> names;

    private record Row(String name, double first, double second) {

        double gain() {
            return second - first;
        }
    }

    ClassComparison(List<RunOverview> runs, List<String> names) {
        this.runs = runs;
        this.names = names;
    }

    void write(Html html) {
        List<Row> rows = rows();
        if (rows.isEmpty()) {
            return;
        }
        html.element("h2", "Classes, by what the second run gained").open("section", "class", "card");
        html.open("div", "class", "scroll").open("table", "class", "figures").open("tr");
        html.element("th", "class");
        html.element("th", "recall, " + names.get(0), "class", "number")
                .element("th", "recall, " + names.get(1), "class", "number")
                .element("th", "points gained", "class", "number")
                .close();
        for (Row row : rows.subList(0, Math.min(MOST_CLASSES, rows.size()))) {
            html.open("tr").element("td", row.name());
            html.element("td", Numbers.percent(row.first()), "class", "number")
                    .element("td", Numbers.percent(row.second()), "class", "number")
                    .element("td", String.format(Locale.ROOT, "%+.1f", 100 * row.gain()), "class", style(row.gain()))
                    .close();
        }
        html.close().close().close();
    }

    private static String style(double gain) {
        return gain == 0 ? "number" : gain < 0 ? "number lost" : "number gained";
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        EvaluationReport first = runs.get(0).figures().orElse(null);
        EvaluationReport second = runs.get(1).figures().orElse(null);
        if (first == null
                || second == null
                || !first.evaluated().split().equals(second.evaluated().split())
                || !classes(first).equals(classes(second))) {
            return rows;
        }
        for (int label = 0; label < first.classes().size(); label++) {
            ClassFigures one = first.classes().get(label);
            ClassFigures other = second.classes().get(label);
            if (Double.isFinite(one.recall()) && Double.isFinite(other.recall())) {
                rows.add(new Row(one.name(), one.recall(), other.recall()));
            }
        }
        rows.sort(Comparator.comparingDouble(Row::gain).reversed().thenComparing(Row::name));
        return rows;
    }

    private static List<String> classes(EvaluationReport report) {
        return report.classes().stream().map(ClassFigures::name).toList();
    }
}
