package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.config.Recipe;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.training.RoundListener;
import java.time.Duration;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Evaluates at the end of epochs, as often as the recipe says, and prints what came out. */
final class EpochEvaluation implements RoundListener {

    /** Drawing examples takes tenths of a second: too much after every epoch where epochs take seconds. */
    private static final Duration BETWEEN_PICTURES = Duration.ofMinutes(1);

    private final Pace pictures = new Pace(BETWEEN_PICTURES, System::nanoTime);
    private final RunEvaluation evaluation;
    private final Recipe recipe;
    private final Console console;
    private final ProgressLine line;
    private final Observation observation;
    private final BesideTraining beside;
    private final Consumer<EvaluationReport> evaluated;
    private final BestCheckpoint best;
    private final BooleanSupplier stopRequested;

    /**
     * Where it speaks.
     *
     * @param console whom it speaks to
     * @param line that of the training, which is ended before
     * @param observation on whose account it tells what came out
     * @param beside where it shows examples
     * @param evaluated hears what came out
     */
    record Watching(
            Console console,
            ProgressLine line,
            Observation observation,
            BesideTraining beside,
            Consumer<EvaluationReport> evaluated) {}

    EpochEvaluation(
            RunEvaluation evaluation,
            Recipe recipe,
            Watching watching,
            BestCheckpoint best,
            BooleanSupplier stopRequested) {
        this.best = best;
        this.stopRequested = stopRequested;
        this.evaluation = evaluation;
        this.recipe = recipe;
        this.console = watching.console();
        this.line = watching.line();
        this.observation = watching.observation();
        this.beside = watching.beside();
        this.evaluated = watching.evaluated();
    }

    @Override
    public void epochDone(int epoch, Checkpoint checkpoint) {
        int every = recipe.evaluation().everyEpochs();
        boolean last = epoch + 1 == recipe.training().epochs();
        if (every == 0 || last || (epoch + 1) % every != 0 || stopRequested.getAsBoolean()) {
            // The end of the run is evaluated by whoever ends it; a run that is to stop has no time for it.
            return;
        }
        line.finish();
        EvaluationReport report =
                evaluation.evaluateOnTheWay(checkpoint, recipe.evaluation().split());
        best.consider(report);
        boolean drawn = pictures.isDue();
        beside.later(() -> evaluation.show(report, drawn));
        observation.doing(() -> evaluated.accept(report));
        String split = recipe.evaluation().split().folder();
        EvaluationReport.Headline figures = report.headline();
        console.note(String.format(
                Locale.ROOT,
                "epoch %d: %s top-1 %.4f, top-5 %.4f, loss %.4f",
                epoch + 1,
                split,
                figures.top1(),
                figures.top5(),
                figures.loss()));
    }
}
