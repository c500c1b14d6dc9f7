package dev.convoke.evaluation.report;

import dev.convoke.evaluation.ConfusionMatrix;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationReport.ClassFigures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The figures of one split: which classes were taken for which, and how each class fared. */
final class EvaluationSection {

    /** A larger matrix shows nothing; its largest mistakes do. */
    private static final int LARGEST_MATRIX = 30;

    private static final int MOST_MISTAKES = 30;
    private static final int MOST_CLASSES = 200;

    private final EvaluationReport report;
    private final List<ClassFigures> classes;

    EvaluationSection(EvaluationReport report) {
        this.report = report;
        this.classes = report.classes();
    }

    void write(Html html) {
        html.element("h2", "What it knows: split " + report.evaluated().split());
        html.open("section", "class", "columns");
        if (classes.size() <= LARGEST_MATRIX) {
            matrix(html);
        } else {
            mistakes(html);
        }
        classTable(html);
        html.close();
    }

    private void matrix(Html html) {
        html.open("div", "class", "card").element("h3", "Confusion");
        html.element("p", "Rows: what it is. Columns: what it was taken for. Darker: a larger share of the row.");
        html.open("div", "class", "scroll").open("table", "class", "matrix").open("tr");
        html.open("th").close();
        for (ClassFigures figures : classes) {
            html.open("th", "class", "column").element("span", figures.name()).close();
        }
        html.close();
        for (int actual = 0; actual < classes.size(); actual++) {
            String name = classes.get(actual).name();
            html.open("tr").element("th", name, "title", name);
            for (int predicted = 0; predicted < classes.size(); predicted++) {
                cell(html, actual, predicted);
            }
            html.close();
        }
        html.close().close().close();
    }

    private void cell(Html html, int actual, int predicted) {
        long count = report.confusion().count(actual, predicted);
        if (count == 0) {
            html.open("td").close();
            return;
        }
        double share = count / (double) report.confusion().support(actual);
        String kind = actual == predicted ? "right" : "wrong";
        html.element(
                "td",
                Numbers.count(count),
                "class",
                share > 0.55 ? kind + " strong" : kind,
                "style",
                String.format(Locale.ROOT, "--share:%.3f", 0.12 + 0.88 * share),
                "title",
                count + " of " + report.confusion().support(actual) + " "
                        + classes.get(actual).name() + " taken for "
                        + classes.get(predicted).name());
    }

    private record Mistake(int actual, int predicted, long count) {}

    private void mistakes(Html html) {
        ConfusionMatrix confusion = report.confusion();
        List<Mistake> mistakes = new ArrayList<>();
        for (int actual = 0; actual < classes.size(); actual++) {
            for (int predicted = 0; predicted < classes.size(); predicted++) {
                if (actual != predicted && confusion.count(actual, predicted) > 0) {
                    mistakes.add(new Mistake(actual, predicted, confusion.count(actual, predicted)));
                }
            }
        }
        mistakes.sort(Comparator.comparingLong(Mistake::count).reversed());
        html.open("div", "class", "card").element("h3", "Commonest mistakes").open("div", "class", "scroll");
        html.open("table", "class", "figures").open("tr");
        html.element("th", "what it is")
                .element("th", "taken for")
                .element("th", "times", "class", "number")
                .close();
        for (Mistake mistake : mistakes.subList(0, Math.min(MOST_MISTAKES, mistakes.size()))) {
            html.open("tr")
                    .element("td", classes.get(mistake.actual()).name())
                    .element("td", classes.get(mistake.predicted()).name())
                    .element("td", Numbers.count(mistake.count()), "class", "number")
                    .close();
        }
        html.close().close().close();
    }

    private void classTable(Html html) {
        html.open("div", "class", "card").element("h3", "Classes");
        if (classes.size() > MOST_CLASSES) {
            html.element("p", "The " + MOST_CLASSES + " worst recognised of " + classes.size() + ".");
        }
        html.open("div", "class", "scroll").open("table", "class", "figures").open("tr");
        html.element("th", "class");
        for (String name : List.of("recall", "precision", "examples")) {
            html.element("th", name, "class", "number");
        }
        html.close();
        List<ClassFigures> shown = classes;
        if (classes.size() > MOST_CLASSES) {
            shown = classes.stream()
                    .sorted(Comparator.comparingDouble(ClassFigures::recall))
                    .limit(MOST_CLASSES)
                    .toList();
        }
        for (ClassFigures figures : shown) {
            html.open("tr").element("td", figures.name());
            share(html, figures.recall());
            share(html, figures.precision());
            html.element("td", Numbers.count(figures.support()), "class", "number")
                    .close();
        }
        html.close().close().close();
    }

    private static void share(Html html, double share) {
        double width = Double.isFinite(share) ? share : 0;
        html.element(
                "td",
                Numbers.percent(share),
                "class",
                "number meter",
                "style",
                String.format(Locale.ROOT, "--share:%.3f", width));
    }
}
