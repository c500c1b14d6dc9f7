package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.NetworkJob;
import dev.convoke.evaluation.Evaluated;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationTally;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.metrics.tensorboard.Events;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.spark.EvaluationJob;
import dev.convoke.spark.SparkEvaluator;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.time.Instant;
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
 */
record RunEvaluation(
        JavaSparkContext spark, FileStore store, Location run, Network network, ShardManifest manifest, Location data) {

    /** A network and what its input is scaled by. */
    record Network(NetworkJob job, Normalisation normalisation) {}

    /** Evaluates, and writes {@code evaluations/<split>.json} and an event for TensorBoard. */
    EvaluationReport evaluate(Checkpoint checkpoint, Split split) {
        EvaluationReport report = measure(checkpoint, split);
        report.write(store, run);
        return report;
    }

    /** Evaluates a state that training goes on from, and keeps the figures beside those of other rounds. */
    EvaluationReport evaluateOnTheWay(Checkpoint checkpoint, Split split) {
        EvaluationReport report = measure(checkpoint, split);
        report.writeOnTheWay(store, run);
        return report;
    }

    private EvaluationReport measure(Checkpoint checkpoint, Split split) {
        EvaluationJob evaluation = new EvaluationJob(
                network.job(), network.normalisation(), checkpoint.folder(), checkpoint.slices(), data, split);
        EvaluationTally tally = new SparkEvaluator(spark).evaluate(evaluation);
        Evaluated evaluated = new Evaluated(
                split.folder(), checkpoint.header().roundsDone(), checkpoint.manifestSha256(), manifest.digest());
        EvaluationReport report = EvaluationReport.of(evaluated, manifest.classes(), tally);
        new EventLog(store, run)
                .write(
                        split.folder(),
                        new Events(Instant.now(), evaluated.rounds())
                                .scalar("loss", report.headline().loss())
                                .scalar("top-1", report.headline().top1())
                                .scalar("top-5", report.headline().top5()));
        return report;
    }
}
