package dev.convoke.evaluation.report;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.PredictedExample;
import dev.convoke.evaluation.PredictedExample.Guess;
import dev.convoke.evaluation.report.ReportInput.Picture;
import java.util.List;
import java.util.Locale;

/** Examples with their images: the mistakes that cost most, and what was recognised most surely. */
final class PictureSection {

    private static final int GUESSES = 3;

    private final EvaluationReport report;
    private final List<Picture> pictures;

    PictureSection(EvaluationReport report, List<Picture> pictures) {
        this.report = report;
        this.pictures = pictures;
    }

    void write(Html html) {
        gallery(
                html,
                "Surest of each class",
                pictures.stream().filter(picture -> picture.example().correct()).toList());
        gallery(
                html,
                "Worst mistakes",
                pictures.stream()
                        .filter(picture -> !picture.example().correct())
                        .toList());
    }

    private void gallery(Html html, String title, List<Picture> shown) {
        if (shown.isEmpty()) {
            return;
        }
        html.element("h2", title).open("section", "class", "gallery");
        for (Picture picture : shown) {
            PredictedExample example = picture.example();
            html.open("figure", "class", "card shot");
            if (picture.image() == null) {
                html.element("div", "image not at hand", "class", "blank");
            } else {
                html.empty("img", "src", picture.image(), "alt", name(example.label()), "title", example.path());
            }
            html.open("figcaption");
            html.element("b", name(example.label()), "class", "truth");
            for (Guess guess : example.guesses()
                    .subList(0, Math.min(GUESSES, example.guesses().size()))) {
                html.open(
                        "span",
                        "class",
                        guess.label() == example.label() ? "guess right" : "guess wrong",
                        "style",
                        String.format(Locale.ROOT, "--share:%.3f", guess.probability()));
                html.element("span", name(guess.label()), "class", "label")
                        .element("span", Numbers.percent(guess.probability()), "class", "value")
                        .close();
            }
            html.close().close();
        }
        html.close();
    }

    private String name(int label) {
        return label < report.classes().size() ? report.classes().get(label).name() : "class " + label;
    }
}
