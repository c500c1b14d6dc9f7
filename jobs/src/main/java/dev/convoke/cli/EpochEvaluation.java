package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.config.Recipe;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.training.RoundListener;
import java.util.Locale;

/** Evaluates at the end of epochs, as often as the recipe says, and prints what came out. */
final class EpochEvaluation implements RoundListener {

    private final RunEvaluation evaluation;
    private final Recipe recipe;
    private final ProgressLine line;

    EpochEvaluation(RunEvaluation evaluation, Recipe recipe, ProgressLine line) {
        this.evaluation = evaluation;
        this.recipe = recipe;
        this.line = line;
    }

    @Override
    public void epochDone(int epoch, Checkpoint checkpoint) {
        int every = recipe.evaluation().everyEpochs();
        boolean last = epoch + 1 == recipe.training().epochs();
        if (every == 0 || last || (epoch + 1) % every != 0) {
            // The end of the run is evaluated by whoever ends it.
            return;
        }
        EvaluationReport report =
                evaluation.evaluateOnTheWay(checkpoint, recipe.evaluation().split());
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
