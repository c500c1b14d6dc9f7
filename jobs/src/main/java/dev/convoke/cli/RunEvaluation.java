package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.NetworkJob;
import dev.convoke.evaluation.Evaluated;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationTally;
import dev.convoke.evaluation.PredictedExample;
import dev.convoke.evaluation.report.PredictionSheet;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.metrics.tensorboard.Events;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.spark.EvaluationJob;
import dev.convoke.spark.SparkEvaluator;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Evaluates checkpoints of one run and keeps the figures in it.
 *
 * @param spark evaluates on its executors
 * @param store of the run directory
 * @param run the run directory
 * @param network the run's network
 * @param manifest of the dataset to evaluate on
 * @param data where that is
 * @param console hears how far an evaluation is, and what came out
 */
record RunEvaluation(
        JavaSparkContext spark,
        FileStore store,
        Location run,
        Network network,
        ShardManifest manifest,
        Location data,
        Console console) {

    /** A network and what its input is scaled by. */
    record Network(NetworkJob job, Normalisation normalisation) {}

    /** Examples on a sheet. */
    private static final int SHOWN = 8;

    /** Evaluates, and writes {@code evaluations/<split>.json}; {@link #show} is left to the caller. */
    EvaluationReport evaluate(Checkpoint checkpoint, Split split) {
        EvaluationReport report = measure(checkpoint, split);
        report.write(store, run);
        return report;
    }

    /**
     * Evaluates a state that training goes on from, and keeps the figures beside those of other rounds; {@link #show}
     * is left to the caller.
     */
    EvaluationReport evaluateOnTheWay(Checkpoint checkpoint, Split split) {
        EvaluationReport report = measure(checkpoint, split);
        report.writeOnTheWay(store, run);
        return report;
    }

    private EvaluationReport measure(Checkpoint checkpoint, Split split) {
        EvaluationJob evaluation = new EvaluationJob(
                network.job(), network.normalisation(), checkpoint.folder(), checkpoint.slices(), data, split);
        ProgressLine line = console.progress("evaluating " + split.folder(), "images");
        EvaluationTally tally =
                new SparkEvaluator(spark).evaluate(evaluation, (done, total, unit) -> line.update(done, total, ""));
        line.finish();
        Evaluated evaluated = new Evaluated(
                split.folder(), checkpoint.header().roundsDone(), checkpoint.manifestSha256(), manifest.digest());
        EvaluationReport report = EvaluationReport.of(evaluated, manifest.classes(), tally);
        tellPrograms(report);
        return report;
    }

    /**
     * Shows figures to TensorBoard.
     *
     * @param pictures whether examples, too: the surest of a few classes, and the worst mistakes
     */
    void show(EvaluationReport report, boolean pictures) {
        Evaluated evaluated = report.evaluated();
        Events events = new Events(Instant.now(), evaluated.rounds())
                .scalar("loss", report.headline().loss())
                .scalar("top-1", report.headline().top1())
                .scalar("top-5", report.headline().top5());
        if (pictures && PredictionSheet.canDraw()) {
            addSheets(events, report);
        }
        new EventLog(store, run).write(evaluated.split(), events);
    }

    private void addSheets(Events events, EvaluationReport report) {
        ExampleGroups groups = ShardedDataset.of(
                        StorageAccess.of(spark.hadoopConfiguration()).stores(), data, manifest)
                .groups(Split.of(report.evaluated().split()));
        addSheet(events, "examples/surest of a class", report, report.best(), groups);
        addSheet(events, "examples/worst mistakes", report, report.worst(), groups);
    }

    private static void addSheet(
            Events events, String tag, EvaluationReport report, List<PredictedExample> examples, ExampleGroups groups) {
        if (!examples.isEmpty()) {
            PredictionSheet sheet =
                    PredictionSheet.of(report, examples.subList(0, Math.min(SHOWN, examples.size())), groups);
            events.image(tag, sheet.jpeg(), sheet.width(), sheet.height());
        }
    }

    private void tellPrograms(EvaluationReport report) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("split", report.evaluated().split());
        fields.put("round", report.evaluated().rounds());
        fields.put("examples", report.headline().examples());
        fields.put("top1", report.headline().top1());
        fields.put("top5", report.headline().top5());
        fields.put("loss", report.headline().loss());
        console.event("evaluation", fields);
    }
}
