package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.metrics.mlflow.MlflowRun;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sends a run's figures to an MLflow tracking server. */
final class MlflowListener implements RoundListener, AutoCloseable {

    private final MlflowRun run;
    private final Recipe recipe;
    private boolean started;

    MlflowListener(MlflowRun run, Recipe recipe) {
        this.run = run;
        this.recipe = recipe;
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        if (!started) {
            started = true;
            run.start(recipe.resolved().values(), Instant.now());
        }
    }

    @Override
    public void roundDone(RoundSummary summary) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("train/loss", summary.loss());
        figures.put("train/top1", summary.accuracy());
        figures.put("train/learning_rate", summary.learningRate());
        figures.put("train/images_per_second", summary.examplesPerSecond());
        figures.put("train/divergence", summary.divergence() < 0 ? Double.NaN : summary.divergence());
        figures.put("train/epoch", (double) summary.round().epoch());
        run.log(figures, summary.round().number() + 1, Instant.now());
    }

    /** An evaluation has come out. */
    void evaluated(EvaluationReport report) {
        String split = report.evaluated().split();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(split + "/loss", report.headline().loss());
        figures.put(split + "/top1", report.headline().top1());
        figures.put(split + "/top5", report.headline().top5());
        run.log(figures, report.evaluated().rounds(), Instant.now());
    }

    /** The run has ended. */
    void ended(MlflowRun.End end) {
        run.end(end, Instant.now());
    }

    @Override
    public void close() {
        run.close();
    }
}
