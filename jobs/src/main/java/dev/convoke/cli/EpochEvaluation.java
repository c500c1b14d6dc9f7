package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.config.Recipe;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.training.RoundListener;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Evaluates at the end of epochs, as often as the recipe says, and prints what came out. */
final class EpochEvaluation implements RoundListener {

    private final RunEvaluation evaluation;
    private final Recipe recipe;
    private final ProgressLine line;
    private final BestCheckpoint best;
    private final BooleanSupplier stopRequested;

    EpochEvaluation(
            RunEvaluation evaluation,
            Recipe recipe,
            ProgressLine line,
            BestCheckpoint best,
            BooleanSupplier stopRequested) {
        this.best = best;
        this.stopRequested = stopRequested;
        this.evaluation = evaluation;
        this.recipe = recipe;
        this.line = line;
    }

    @Override
    public void epochDone(int epoch, Checkpoint checkpoint) {
        int every = recipe.evaluation().everyEpochs();
        boolean last = epoch + 1 == recipe.training().epochs();
        if (every == 0 || last || (epoch + 1) % every != 0 || stopRequested.getAsBoolean()) {
            // The end of the run is evaluated by whoever ends it; a run that is to stop has no time for it.
            return;
        }
        EvaluationReport report =
                evaluation.evaluateOnTheWay(checkpoint, recipe.evaluation().split());
        best.consider(report);
        line.finish();
        System.err.println(String.format(
                Locale.ROOT,
                "epoch %d: %s top-1 %.4f, top-5 %.4f, loss %.4f",
                epoch + 1,
                recipe.evaluation().split().folder(),
                report.headline().top1(),
                report.headline().top5(),
                report.headline().loss()));
    }
}
