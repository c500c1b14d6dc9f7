package dev.convoke.evaluation.report;

import dev.convoke.data.Example;
import dev.convoke.data.synthetic.Photograph;
import dev.convoke.data.synthetic.PhotographGenerator;
import dev.convoke.evaluation.Evaluated;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationTally;
import dev.convoke.evaluation.PredictedExample;
import dev.convoke.evaluation.report.ReportInput.Fact;
import dev.convoke.evaluation.report.ReportInput.Filters;
import dev.convoke.evaluation.report.ReportInput.Happening;
import dev.convoke.evaluation.report.ReportInput.Picture;
import dev.convoke.evaluation.report.ReportInput.RoundPoint;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A made-up run that learns, makes mistakes and has a class with a hostile name. */
final class SampleReport {

    static final String HOSTILE = "<script>alert('x')</script> & \"co\"";

    private static final int ROUNDS = 60;

    private SampleReport() {}

    static ReportInput input() {
        Random random = new Random(11);
        EvaluationReport test = evaluation("test", ROUNDS, 0.93, random);
        List<EvaluationReport> validations = new ArrayList<>();
        for (int epoch = 1; epoch <= 6; epoch++) {
            validations.add(evaluation("validation", epoch * 10, 1 - Math.exp(-0.5 * epoch), random));
        }
        return new ReportInput(
                "alexnet on photographs",
                List.of(
                        new Fact("status", "succeeded"),
                        new Fact("rounds", "60"),
                        new Fact("owner", "laptop, pid 4711")),
                "name: quickstart\narchitecture: alexnet # " + HOSTILE + "\ntraining:\n  workers: 2\n  batch: 8\n",
                List.of(
                        new Fact("commit", "a10c0e7d5f"),
                        new Fact("dataset", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
                        new Fact("java", "17.0.15")),
                rounds(random),
                List.of(test),
                validations,
                pictures(test),
                new Filters(
                        "conv1",
                        2,
                        3,
                        ImageData.uri(new PhotographGenerator(9).photograph(3).encoded())),
                List.of(new Happening("2026-11-22T12:00:00Z", "executor lost", "round 12: executor 1: " + HOSTILE)),
                List.of());
    }

    static EvaluationReport evaluation(String split, int rounds, double accuracy, Random random) {
        List<String> names = new ArrayList<>(PhotographGenerator.kinds());
        names.set(9, HOSTILE);
        EvaluationTally tally = new EvaluationTally(10);
        for (int row = 0; row < 200; row++) {
            int label = row % 10;
            int likeliest = random.nextDouble() < accuracy ? label : (label + 1 + random.nextInt(3)) % 10;
            float[] probabilities = new float[10];
            float sure = 0.5f + 0.49f * random.nextFloat();
            for (int c = 0; c < 10; c++) {
                probabilities[c] = c == likeliest ? sure : (1 - sure) / 9;
            }
            Example example = new Example("images/" + row + ".jpg", label, new byte[0]);
            tally.add(example, 0, row, FloatBuffer.wrap(probabilities), 0);
        }
        return EvaluationReport.of(new Evaluated(split, rounds, "5f0c", "91ab"), names, tally);
    }

    private static List<RoundPoint> rounds(Random random) {
        List<RoundPoint> points = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            double progress = round / (double) ROUNDS;
            Map<String, Double> phases = new LinkedHashMap<>();
            phases.put("compute", 1500 + 200 * random.nextDouble());
            phases.put("average", 260 + 60 * random.nextDouble());
            phases.put("wait", 90 + 50 * random.nextDouble());
            phases.put("checkpoint", round % 10 == 9 ? 420.0 : 0.0);
            double millis =
                    phases.values().stream().mapToDouble(Double::doubleValue).sum();
            points.add(new RoundPoint(
                    round,
                    round / 10,
                    80,
                    2.4 * Math.exp(-3 * progress) + 0.25 * random.nextDouble(),
                    Math.min(1, 1 - Math.exp(-4 * progress) + 0.08 * random.nextGaussian() * (1 - progress)),
                    0.015 * Math.min(1, 10 * progress) * 0.5 * (1 + Math.cos(Math.PI * progress)),
                    0.02 * Math.exp(-2 * progress) + 0.002 * random.nextDouble(),
                    millis,
                    phases,
                    List.of(21 + random.nextDouble(), 20 + random.nextDouble())));
        }
        return points;
    }

    private static List<Picture> pictures(EvaluationReport report) {
        PhotographGenerator generator = new PhotographGenerator(5);
        List<Picture> pictures = new ArrayList<>();
        for (PredictedExample example : report.best()) {
            Photograph photograph = generator.photograph(example.label());
            pictures.add(new Picture(example, ImageData.uri(photograph.encoded())));
        }
        for (PredictedExample example : report.worst().subList(0, 5)) {
            Photograph photograph = generator.photograph(10 + example.label());
            pictures.add(new Picture(example, ImageData.uri(photograph.encoded())));
        }
        pictures.add(new Picture(report.worst().get(5), null));
        return pictures;
    }
}
