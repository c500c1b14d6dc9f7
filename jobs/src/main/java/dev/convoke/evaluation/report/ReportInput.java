package dev.convoke.evaluation.report;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.PredictedExample;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a report shows. Any part may be empty: the page then says that it is missing.
 *
 * @param name what people call the run
 * @param status facts of {@code run.json}, in order
 * @param recipe the recipe as YAML, or nothing
 * @param provenance facts of {@code provenance.json}, in order
 * @param rounds what each round measured, in order
 * @param evaluations the final figures of each split, the most telling first
 * @param validations figures taken while training, in order of rounds
 * @param pictures the examples that the first evaluation shows
 * @param filters what the first layer looks for, or null if nobody can tell
 * @param happenings what the run has been through, oldest first, or null if nobody can tell
 * @param missing what could not be read, one sentence each
 */
public record ReportInput(
        String name,
        List<Fact> status,
        String recipe,
        List<Fact> provenance,
        List<RoundPoint> rounds,
        List<EvaluationReport> evaluations,
        List<EvaluationReport> validations,
        List<Picture> pictures,
        @Nullable Filters filters,
        @Nullable List<Happening> happenings,
        List<String> missing) {

    /** Copies the lists. */
    public ReportInput {
        status = List.copyOf(status);
        provenance = List.copyOf(provenance);
        rounds = List.copyOf(rounds);
        evaluations = List.copyOf(evaluations);
        validations = List.copyOf(validations);
        pictures = List.copyOf(pictures);
        happenings = happenings == null ? null : List.copyOf(happenings);
        missing = List.copyOf(missing);
    }

    /**
     * The filters of the first convolution.
     *
     * @param layer its name
     * @param count how many filters it has
     * @param side of a filter in pixels
     * @param image all of them as a {@code data:} URI
     */
    public record Filters(String layer, int count, int side, String image) {}

    /**
     * Something that went wrong and was survived.
     *
     * @param time when, as text
     * @param what in a few words
     * @param detail one line
     */
    public record Happening(String time, String what, String detail) {}

    /** A name and a value. */
    public record Fact(String name, String value) {}

    /**
     * What one round measured; NaN where it did not.
     *
     * @param round counts from 0
     * @param epoch counts from 0
     * @param examples how many examples it trained
     * @param loss mean loss of its examples in nats
     * @param accuracy share of its examples that were right before their step
     * @param learningRate the rate of its steps
     * @param divergence mean distance of the replicas from their average, relative to the average
     * @param millis its wall time
     * @param phaseMillis its wall time by phase
     * @param workerRates each worker's images a second
     */
    public record RoundPoint(
            int round,
            int epoch,
            long examples,
            double loss,
            double accuracy,
            double learningRate,
            double divergence,
            double millis,
            Map<String, Double> phaseMillis,
            List<Double> workerRates) {

        /** Copies the collections, keeping the order of the phases. */
        public RoundPoint {
            phaseMillis = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(phaseMillis));
            workerRates = List.copyOf(workerRates);
        }

        /** Returns how many images were trained a second. */
        public double imagesPerSecond() {
            return examples / millis * 1000;
        }
    }

    /**
     * An example with its image.
     *
     * @param example what the network thought of it
     * @param image the image as a {@code data:} URI, or null if it could not be read
     */
    public record Picture(
            PredictedExample example, @Nullable String image) {}
}
