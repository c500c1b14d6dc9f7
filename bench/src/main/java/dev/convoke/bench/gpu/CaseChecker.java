package dev.convoke.bench.gpu;

import dev.convoke.bench.gpu.CheckCase.ExpectedArray;
import dev.convoke.bench.gpu.CheckCase.ExpectedStep;
import dev.convoke.bench.gpu.StateFigures.Figures;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.StepResult;
import java.util.List;

/**
 * Trains a case and compares every step's loss, the predictions and every array of the state with what is expected.
 *
 * <p>In float32 an engine may differ by a little, or by some times what the last place of every input does to the
 * trusted engine: deep batch norm amplifies rounding. In bfloat16 only the losses must follow.
 */
final class CaseChecker {

    static final double LOSS = 1e-4;
    static final double CHANGE = 1e-3;
    static final double PROBABILITY = 1e-4;
    static final double BFLOAT16_LOSS = 0.15;

    private static final double TIMES_THE_NOISE = 8;

    /** An array of which so much is rounding has no gradient: a bias before batch norm. Its size alone is checked. */
    private static final double NOTHING_BUT_NOISE = 0.1;

    private static final double SIZE_OF_NOISE = 100;

    private final CheckCase expected;
    private final Precision precision;
    private final Deviations deviations = new Deviations();

    private CaseChecker(CheckCase expected, Precision precision) {
        this.expected = expected;
        this.precision = precision;
    }

    /** Checks a case; whatever goes wrong is in the result. */
    static CheckResult check(CheckCase expected, Precision precision, ReplicaOpener opener) {
        String name = expected.scenario().name();
        try {
            Trained trained = train(expected.scenario(), precision, opener);
            Trained again = train(expected.scenario(), precision, opener);
            CaseChecker checker = new CaseChecker(expected, precision);
            checker.compareBytes(opener);
            return checker.compare(trained, again);
        } catch (Exception | LinkageError | AssertionError | OutOfMemoryError | StackOverflowError failure) {
            return CheckResult.failed(name, precision, failure);
        }
    }

    /** Returns by which share of its change an array may deviate in float32. */
    static double tolerance(ExpectedArray array) {
        return array.noise() > NOTHING_BUT_NOISE ? SIZE_OF_NOISE : Math.max(CHANGE, TIMES_THE_NOISE * array.noise());
    }

    private static Trained train(Scenario scenario, Precision precision, ReplicaOpener opener) {
        try (Replica replica = opener.open(scenario, precision)) {
            return scenario.train(replica);
        }
    }

    private void compareBytes(ReplicaOpener opener) {
        BytesScenario bytes = new BytesScenario(expected.scenario());
        if (opener.takesPixels() && bytes.isPossible()) {
            try (Replica replica = opener.open(expected.scenario(), precision)) {
                deviations.add("images as bytes", "not the bits of floats", bytes.sameBits(replica) ? 0 : 1, 0.5);
            }
        }
    }

    private CheckResult compare(Trained trained, Trained again) {
        boolean isHalf = precision == Precision.BFLOAT16;
        compareSteps(trained.results(), isHalf);
        double apart = 0;
        for (int i = 0; i < expected.probabilities().size(); i++) {
            // Keeps what is not a number.
            apart = Math.max(
                    apart,
                    Math.abs(expected.probabilities().get(i)
                            - trained.probabilities().get(i)));
        }
        double noise =
                expected.steps().stream().mapToDouble(ExpectedStep::noise).max().orElse(0);
        deviations.add(
                "probabilities",
                "",
                apart,
                isHalf ? Double.POSITIVE_INFINITY : Math.max(PROBABILITY, TIMES_THE_NOISE * noise));
        compareArrays(" after step 1", expected.first(), trained.first(), isHalf);
        compareArrays("", expected.last(), trained.last(), isHalf);
        boolean same = trained.equals(again);
        deviations.add("twice", "not the same bits", same ? 0 : 1, same ? 1 : 0.5);
        return new CheckResult(
                expected.scenario().name(), precision, deviations.areOk(), deviations.worst(), deviations.text());
    }

    private void compareSteps(List<StepResult> results, boolean isHalf) {
        for (int step = 0; step < results.size(); step++) {
            ExpectedStep wanted = expected.steps().get(step);
            StepResult result = results.get(step);
            double tolerance = Math.max(isHalf ? BFLOAT16_LOSS : LOSS, TIMES_THE_NOISE * wanted.noise());
            double deviation = Math.abs(result.lossSum() - wanted.lossSum()) / wanted.lossSum();
            deviations.add("loss", "step " + (step + 1), deviation, tolerance);
            if (!isHalf) {
                int different = Math.abs(result.correct() - wanted.correct());
                deviations.add("correct", "step " + (step + 1), different, wanted.closeCalls() + 0.5);
            }
        }
    }

    private void compareArrays(String when, List<ExpectedArray> arrays, List<Figures> figures, boolean isHalf) {
        for (int i = 0; i < figures.size(); i++) {
            ExpectedArray wanted = arrays.get(i);
            Figures figure = figures.get(i);
            boolean isMomentum = figure.name().startsWith("momentum");
            double scale = wanted.figures().change();
            double distance = wanted.figures().distance(figure);
            // What must not move at all has no change to compare with.
            double deviation = scale > 0 ? distance / scale : distance;
            deviations.add(
                    (isMomentum ? "momentum" : "change") + when,
                    figure.name().replace("momentum of ", ""),
                    deviation,
                    isHalf ? Double.POSITIVE_INFINITY : tolerance(wanted));
            double norm = Math.abs(figure.norm() - wanted.figures().norm())
                    / Math.max(wanted.figures().norm(), Float.MIN_NORMAL);
            if (!isMomentum && !isHalf) {
                deviations.add("norm" + when, figure.name(), norm, tolerance(wanted));
            }
        }
    }
}
