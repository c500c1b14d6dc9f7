package dev.convoke.bench.gpu;

import dev.convoke.bench.gpu.StateFigures.Figures;
import dev.convoke.engine.Replica.StepResult;
import java.util.ArrayList;
import java.util.List;

/**
 * A training and what came out of it where it is known to be right.
 *
 * @param scenario what is trained
 * @param steps the results of the steps
 * @param probabilities predicted after the last step
 * @param first the state after the first step
 * @param last the state after the last step
 */
record CheckCase(
        Scenario scenario,
        List<ExpectedStep> steps,
        List<Float> probabilities,
        List<ExpectedArray> first,
        List<ExpectedArray> last) {

    /** Copies the lists. */
    CheckCase {
        steps = List.copyOf(steps);
        probabilities = List.copyOf(probabilities);
        first = List.copyOf(first);
        last = List.copyOf(last);
    }

    /**
     * The result of one step.
     *
     * @param lossSum over the examples
     * @param correct examples that were recognised
     * @param noise the share of the loss that changes from one sound training to another
     * @param closeCalls how many of the correct ones do, in this step or in one before
     */
    record ExpectedStep(double lossSum, int correct, double noise, int closeCalls) {}

    /**
     * One array of the state.
     *
     * @param figures of the array
     * @param noise the share of its change that changes from one sound training to another
     */
    record ExpectedArray(Figures figures, double noise) {}

    /**
     * Makes a case of trainings on trusted engines.
     *
     * @param trained as told
     * @param others that are as good: with every input moved a little, or on another engine
     */
    static CheckCase of(Scenario scenario, Trained trained, List<Trained> others) {
        List<ExpectedStep> steps = new ArrayList<>();
        // Trainings that have come apart stay apart: what differed in an earlier step may differ in this one.
        int closeCalls = 0;
        for (int i = 0; i < trained.results().size(); i++) {
            StepResult result = trained.results().get(i);
            double noise = 0;
            for (Trained another : others) {
                StepResult other = another.results().get(i);
                noise = Math.max(noise, Math.abs(result.lossSum() - other.lossSum()) / result.lossSum());
                closeCalls = Math.max(closeCalls, Math.abs(result.correct() - other.correct()));
            }
            steps.add(new ExpectedStep(result.lossSum(), result.correct(), noise, closeCalls));
        }
        return new CheckCase(
                scenario,
                steps,
                trained.probabilities(),
                arrays(trained.first(), others.stream().map(Trained::first).toList()),
                arrays(trained.last(), others.stream().map(Trained::last).toList()));
    }

    private static List<ExpectedArray> arrays(List<Figures> figures, List<List<Figures>> others) {
        List<ExpectedArray> arrays = new ArrayList<>();
        for (int i = 0; i < figures.size(); i++) {
            Figures expected = figures.get(i);
            double noise = 0;
            for (List<Figures> other : others) {
                if (expected.change() > 0) {
                    noise = Math.max(noise, expected.distance(other.get(i)) / expected.change());
                }
            }
            arrays.add(new ExpectedArray(expected, noise));
        }
        return arrays;
    }
}
