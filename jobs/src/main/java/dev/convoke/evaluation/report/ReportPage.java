package dev.convoke.evaluation.report;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationReport.Headline;
import dev.convoke.evaluation.report.ReportInput.Fact;
import dev.convoke.evaluation.report.ReportInput.RoundPoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The page: what it says first, and in which order the rest follows. */
final class ReportPage {

    /** Nothing may be fetched: not by us, and not by whatever a stranger smuggled into a class name. */
    static final String POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    private final ReportInput input;
    private final Html html = new Html();

    private ReportPage(ReportInput input) {
        this.input = input;
    }

    static String of(ReportInput input) {
        return new ReportPage(input).write();
    }

    /** Opens a page up to its first section. */
    static void open(Html html, String title) {
        html.open("html", "lang", "en").open("head");
        html.empty("meta", "charset", "utf-8");
        html.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.empty("meta", "name", "color-scheme", "content", "light dark");
        html.element("title", title + " – Convoke").style(css()).close();
        html.open("body").open("main");
    }

    private String write() {
        open(html, input.name());
        header();
        missing();
        tiles();
        new CurveSection(input).write(html);
        for (int i = 0; i < input.evaluations().size(); i++) {
            EvaluationReport evaluation = input.evaluations().get(i);
            new EvaluationSection(evaluation).write(html);
            if (i == 0) {
                new PictureSection(evaluation, input.pictures()).write(html);
            }
        }
        if (input.filters() != null) {
            FilterSection.filters(html, input.filters());
        }
        FilterSection.faults(html, input.happenings());
        settings();
        html.open("footer").text("Written by Convoke from the run's own files; this page needs nothing beside it.");
        return html.close().close().close().close().page();
    }

    private void header() {
        html.open("header").element("p", "Convoke run", "class", "eyebrow").element("h1", input.name());
        html.open("p", "class", "facts");
        for (Fact fact : input.status()) {
            boolean status = fact.name().equals("status");
            html.open("span", "class", status ? "badge " + badge(fact.value()) : "fact");
            if (!status) {
                html.element("b", fact.name()).text(" ");
            }
            html.text(fact.value()).close();
        }
        html.close().close();
    }

    private static String badge(String status) {
        return switch (status) {
            case "succeeded" -> "good";
            case "failed" -> "bad";
            default -> "open";
        };
    }

    private void missing() {
        if (!input.missing().isEmpty()) {
            html.open("section", "class", "card note")
                    .element("h2", "Not in this report")
                    .open("ul");
            input.missing().forEach(sentence -> html.element("li", sentence));
            html.close().close();
        }
    }

    private void tiles() {
        html.open("section", "class", "tiles");
        if (!input.evaluations().isEmpty()) {
            EvaluationReport evaluation = input.evaluations().get(0);
            Headline headline = evaluation.headline();
            String split = evaluation.evaluated().split();
            tile(
                    "Top-1, " + split,
                    Numbers.percent(headline.top1()),
                    "95 %: " + Numbers.percent(headline.top1Interval().low()) + " to "
                            + Numbers.percent(headline.top1Interval().high()));
            tile("Top-5, " + split, Numbers.percent(headline.top5()), Numbers.count(headline.examples()) + " examples");
            tile("Loss, " + split, Numbers.plain(headline.loss()), "mean cross-entropy, nats");
        }
        List<RoundPoint> rounds = input.rounds();
        if (!rounds.isEmpty()) {
            long examples = rounds.stream().mapToLong(RoundPoint::examples).sum();
            double millis = rounds.stream().mapToDouble(RoundPoint::millis).sum();
            int epochs = rounds.get(rounds.size() - 1).epoch() + 1;
            tile(
                    "Trained",
                    Numbers.count(examples),
                    "examples, " + epochs + (epochs == 1 ? " epoch, " : " epochs, ") + rounds.size() + " rounds");
            tile("Speed", Numbers.plain(examples / millis * 1000), "images a second, all workers");
            tile("Time", Numbers.duration(millis), "in rounds");
        }
        html.close();
    }

    private void tile(String name, String value, String detail) {
        html.open("div", "class", "card tile")
                .element("span", name, "class", "name")
                .element("strong", value)
                .element("small", detail)
                .close();
    }

    private void settings() {
        html.element("h2", "How it was made").open("section", "class", "columns");
        if (!input.recipe().isBlank()) {
            html.open("div", "class", "card")
                    .element("h3", "Recipe")
                    .element("pre", input.recipe())
                    .close();
        }
        if (!input.provenance().isEmpty()) {
            html.open("div", "class", "card").element("h3", "Provenance").open("table", "class", "facts");
            for (Fact fact : input.provenance()) {
                html.open("tr")
                        .element("th", fact.name())
                        .element("td", fact.value())
                        .close();
            }
            html.close().close();
        }
        html.close();
    }

    static String css() {
        try (InputStream stream = ReportPage.class.getResourceAsStream("report.css")) {
            if (stream == null) {
                throw new IllegalStateException("report.css is not in the jar: build it again");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("report.css cannot be read from the jar: build it again", e);
        }
    }
}
