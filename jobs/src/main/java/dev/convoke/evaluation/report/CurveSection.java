package dev.convoke.evaluation.report;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.report.LineChart.Marks;
import dev.convoke.evaluation.report.LineChart.Point;
import dev.convoke.evaluation.report.LineChart.Series;
import dev.convoke.evaluation.report.ReportInput.RoundPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** How training went, round by round. */
final class CurveSection {

    /** More workers than this are too many curves for one drawing. */
    private static final int TOLD_APART = 5;

    private final ReportInput input;
    private final List<Integer> epochEnds = new ArrayList<>();

    CurveSection(ReportInput input) {
        this.input = input;
        List<RoundPoint> rounds = input.rounds();
        for (int i = 1; i < rounds.size(); i++) {
            if (rounds.get(i).epoch() != rounds.get(i - 1).epoch()) {
                epochEnds.add(rounds.get(i).round());
            }
        }
    }

    void write(Html html) {
        if (input.rounds().isEmpty()) {
            return;
        }
        html.element("h2", "How training went").open("section", "class", "charts");
        chart(
                        "Loss, nats",
                        Double.NaN,
                        curve("train", "s1", Marks.NOISY, RoundPoint::loss),
                        dots("validation", evaluation -> evaluation.headline().loss()))
                .write(html);
        new LineChart(
                        "Accuracy",
                        List.of(
                                curve("train", "s1", Marks.NOISY, RoundPoint::accuracy),
                                dots(
                                        "validation",
                                        evaluation -> evaluation.headline().top1())),
                        Numbers::percent,
                        epochEnds,
                        1,
                        "round")
                .write(html);
        chart("Learning rate", Double.NaN, curve("rate", "s3", Marks.EXACT, RoundPoint::learningRate))
                .write(html);
        chart(ratesTitle(), Double.NaN, rates()).write(html);
        new PhaseChart(input.rounds().stream().map(RoundPoint::phaseMillis).toList()).write(html);
        chart(
                        "Divergence of the replicas",
                        Double.NaN,
                        curve("relative to the average", "s4", Marks.NOISY, RoundPoint::divergence))
                .write(html);
        html.close();
    }

    private LineChart chart(String title, double ceiling, Series... series) {
        return new LineChart(title, List.of(series), Numbers::plain, epochEnds, ceiling, "round");
    }

    private String ratesTitle() {
        int workers = workers();
        return workers <= TOLD_APART
                ? "Images a second"
                : "Images a second; of " + workers + " workers the fastest, the median and the slowest of each round";
    }

    /** Returns the curve of all workers together and, while they can be told apart, of each. */
    private Series[] rates() {
        List<Series> series = new ArrayList<>();
        series.add(curve("all", "s1", Marks.NOISY, RoundPoint::imagesPerSecond));
        if (workers() > TOLD_APART) {
            series.add(curve("fastest worker", "s2", Marks.NOISY, round -> ranked(round, 1)));
            series.add(curve("median worker", "s3", Marks.NOISY, round -> ranked(round, 0.5)));
            series.add(curve("slowest worker", "s4", Marks.NOISY, round -> ranked(round, 0)));
        } else {
            for (int worker = 0; worker < workers(); worker++) {
                int index = worker;
                series.add(curve("worker " + worker, "s" + (worker + 2), Marks.NOISY, round -> rate(round, index)));
            }
        }
        return series.toArray(new Series[0]);
    }

    private int workers() {
        return input.rounds().get(0).workerRates().size();
    }

    private static double rate(RoundPoint round, int worker) {
        return worker < round.workerRates().size() ? round.workerRates().get(worker) : Double.NaN;
    }

    /** Returns the rate that a share of the workers does not reach: 0 for the slowest, 1 for the fastest. */
    private static double ranked(RoundPoint round, double share) {
        double[] rates = round.workerRates().stream()
                .filter(Double::isFinite)
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        if (rates.length == 0) {
            return Double.NaN;
        }
        double place = share * (rates.length - 1);
        return (rates[(int) Math.floor(place)] + rates[(int) Math.ceil(place)]) / 2;
    }

    private Series curve(String name, String style, Marks marks, ToDoubleFunction<RoundPoint> value) {
        List<Point> points = input.rounds().stream()
                .map(round -> new Point(round.round() + 1, value.applyAsDouble(round)))
                .filter(point -> Double.isFinite(point.y()))
                .toList();
        return new Series(name, style, marks, points);
    }

    private Series dots(String name, ToDoubleFunction<EvaluationReport> value) {
        List<Point> points = input.validations().stream()
                .map(evaluation -> new Point(evaluation.evaluated().rounds(), value.applyAsDouble(evaluation)))
                .filter(point -> Double.isFinite(point.y()))
                .toList();
        return new Series(name, "s2", Marks.DOTS, points);
    }
}
