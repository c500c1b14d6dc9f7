package dev.convoke.evaluation;

import dev.convoke.evaluation.EvaluationReport.ClassFigures;
import dev.convoke.evaluation.EvaluationReport.Headline;
import java.util.Locale;

/** {@link EvaluationReport} as a table of fixed-width text. */
final class EvaluationTable {

    /** More classes are cut: a console is no place for a thousand lines. */
    private static final int MOST_CLASSES = 50;

    private static final int LONGEST_NAME = 32;

    private EvaluationTable() {}

    static String of(EvaluationReport report) {
        Headline headline = report.headline();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "%s: %,d examples, top-1 %s (95 %%: %s to %s), top-5 %s, loss %s",
                report.evaluated().split(),
                headline.examples(),
                share(headline.top1()),
                share(headline.top1Interval().low()),
                share(headline.top1Interval().high()),
                share(headline.top5()),
                Double.isNaN(headline.loss()) ? "-" : String.format(Locale.ROOT, "%.4f", headline.loss()));
        int width = report.classes().stream()
                .mapToInt(figures -> Math.min(LONGEST_NAME, figures.name().length()))
                .reduce("class".length(), Math::max);
        String row = "  %-" + width + "s  %9s  %9s  %8s  %s";
        line(text, row, "class", "precision", "recall", "examples", "most often taken for");
        int shown = Math.min(MOST_CLASSES, report.classes().size());
        for (int label = 0; label < shown; label++) {
            ClassFigures figures = report.classes().get(label);
            line(
                    text,
                    row,
                    cut(figures.name()),
                    share(figures.precision()),
                    share(figures.recall()),
                    String.format(Locale.ROOT, "%,d", figures.support()),
                    confusedWith(report, label));
        }
        if (shown < report.classes().size()) {
            line(text, "  ... and %,d more classes", report.classes().size() - shown);
        }
        return text.toString();
    }

    /** Returns the class that an actual class is most often mistaken for, or nothing. */
    private static String confusedWith(EvaluationReport report, int actual) {
        int most = actual;
        long count = 0;
        for (int predicted = 0; predicted < report.classes().size(); predicted++) {
            long times = report.confusion().count(actual, predicted);
            if (predicted != actual && times > count) {
                most = predicted;
                count = times;
            }
        }
        return count == 0
                ? ""
                : String.format(
                        Locale.ROOT, "%s (%,d)", cut(report.classes().get(most).name()), count);
    }

    private static String share(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String cut(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
