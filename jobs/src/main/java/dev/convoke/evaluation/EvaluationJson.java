package dev.convoke.evaluation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.evaluation.EvaluationReport.ClassFigures;
import dev.convoke.evaluation.EvaluationReport.Headline;
import dev.convoke.evaluation.PredictedExample.Guess;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** {@link EvaluationReport} as JSON. A figure that is not defined is null. */
final class EvaluationJson {

    private static final int FORMAT_VERSION = 1;
    private static final String VERSION = "format_version";

    private EvaluationJson() {}

    static byte[] write(EvaluationReport report) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField(VERSION, FORMAT_VERSION);
            json.writeStringField("split", report.evaluated().split());
            json.writeNumberField("rounds", report.evaluated().rounds());
            json.writeStringField("state", report.evaluated().state());
            json.writeStringField("dataset", report.evaluated().dataset());
            writeHeadline(json, report.headline());
            writeClasses(json, report);
            writeExamples(json, "best", report.best());
            writeExamples(json, "worst", report.worst());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("Writing JSON to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void writeHeadline(JsonGenerator json, Headline headline) throws IOException {
        json.writeNumberField("examples", headline.examples());
        figure(json, "loss", headline.loss());
        figure(json, "top1", headline.top1());
        json.writeObjectFieldStart("top1_interval");
        figure(json, "low", headline.top1Interval().low());
        figure(json, "high", headline.top1Interval().high());
        json.writeEndObject();
        figure(json, "top5", headline.top5());
    }

    private static void writeClasses(JsonGenerator json, EvaluationReport report) throws IOException {
        json.writeArrayFieldStart("per_class");
        for (ClassFigures figures : report.classes()) {
            json.writeStartObject();
            json.writeStringField("name", figures.name());
            figure(json, "precision", figures.precision());
            figure(json, "recall", figures.recall());
            json.writeNumberField("support", figures.support());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("confusion");
        for (int actual = 0; actual < report.confusion().classes(); actual++) {
            json.writeStartArray();
            for (int predicted = 0; predicted < report.confusion().classes(); predicted++) {
                json.writeNumber(report.confusion().count(actual, predicted));
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private static void writeExamples(JsonGenerator json, String name, List<PredictedExample> examples)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (PredictedExample example : examples) {
            json.writeStartObject();
            json.writeStringField("path", example.path());
            json.writeNumberField("group", example.group());
            json.writeNumberField("row", example.row());
            json.writeNumberField("label", example.label());
            figure(json, "loss", example.loss());
            json.writeArrayFieldStart("guesses");
            for (Guess guess : example.guesses()) {
                json.writeStartObject();
                json.writeNumberField("label", guess.label());
                figure(json, "probability", guess.probability());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void figure(JsonGenerator json, String name, double value) throws IOException {
        if (Double.isNaN(value)) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, value);
        }
    }

    static EvaluationReport read(byte[] bytes, Location file) {
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(bytes);
        } catch (IOException e) {
            throw new MalformedFileException(file + ": not JSON; evaluate again", e);
        }
        if (!json.path(VERSION).isInt()
                || !json.path("per_class").isArray()
                || json.path("per_class").isEmpty()) {
            throw new MalformedFileException(file + ": not an evaluation; evaluate again", null);
        }
        NewerFormatException.check(file, json.path(VERSION).asLong(), FORMAT_VERSION);
        List<ClassFigures> classes = new ArrayList<>();
        for (JsonNode node : json.path("per_class")) {
            classes.add(new ClassFigures(
                    node.path("name").asText(),
                    figure(node, "precision"),
                    figure(node, "recall"),
                    node.path("support").asLong()));
        }
        Evaluated evaluated = new Evaluated(
                json.path("split").asText(),
                json.path("rounds").asInt(),
                json.path("state").asText(),
                json.path("dataset").asText());
        return new EvaluationReport(
                evaluated,
                headline(json),
                classes,
                confusion(json.path("confusion"), classes.size()),
                examples(json.path("best")),
                examples(json.path("worst")));
    }

    private static Headline headline(JsonNode json) {
        JsonNode interval = json.path("top1_interval");
        return new Headline(
                json.path("examples").asLong(),
                figure(json, "loss"),
                figure(json, "top1"),
                new Interval(figure(interval, "low"), figure(interval, "high")),
                figure(json, "top5"));
    }

    private static ConfusionMatrix confusion(JsonNode rows, int classes) {
        ConfusionMatrix confusion = new ConfusionMatrix(classes);
        for (int actual = 0; actual < classes; actual++) {
            for (int predicted = 0; predicted < classes; predicted++) {
                confusion.add(
                        actual, predicted, rows.path(actual).path(predicted).asLong());
            }
        }
        return confusion;
    }

    private static List<PredictedExample> examples(JsonNode array) {
        List<PredictedExample> examples = new ArrayList<>();
        for (JsonNode node : array) {
            List<Guess> guesses = new ArrayList<>();
            for (JsonNode guess : node.path("guesses")) {
                guesses.add(new Guess(guess.path("label").asInt(), figure(guess, "probability")));
            }
            examples.add(new PredictedExample(
                    node.path("path").asText(),
                    node.path("group").asInt(),
                    node.path("row").asInt(),
                    node.path("label").asInt(),
                    figure(node, "loss"),
                    guesses));
        }
        return examples;
    }

    private static double figure(JsonNode node, String name) {
        return node.path(name).asDouble(Double.NaN);
    }
}
