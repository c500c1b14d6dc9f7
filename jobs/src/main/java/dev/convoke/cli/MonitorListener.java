package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.spark.monitor.RunCount;
import dev.convoke.spark.monitor.RunEvent;
import dev.convoke.spark.monitor.RunFigure;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import org.apache.spark.api.java.JavaSparkContext;

/** Tells Spark's metrics system how a run goes; nobody hears it unless the plugin is loaded. */
final class MonitorListener implements RoundListener {

    private final JavaSparkContext spark;
    private int rounds;
    private long examples;

    MonitorListener(JavaSparkContext spark) {
        this.spark = spark;
    }

    @Override
    public void started(RunPlan plan, int roundsDone) {
        rounds = plan.roundCount();
        examples = Math.multiplyExact(plan.examples(), (long) plan.settings().epochs());
        new RunEvent.Builder()
                .figure(RunFigure.ROUND, roundsDone)
                .figure(RunFigure.ROUNDS_PLANNED, rounds)
                .build()
                .post(spark);
    }

    @Override
    public void roundDone(RoundSummary summary) {
        double compute = 0;
        double computeInAll = 0;
        double waitInAll = 0;
        for (WorkerReport worker : summary.workers()) {
            compute = Math.max(compute, worker.computeMillis());
            computeInAll += worker.computeMillis();
            waitInAll += worker.waitMillis();
        }
        new RunEvent.Builder()
                .figure(RunFigure.ROUND, summary.round().number() + 1)
                .figure(RunFigure.ROUNDS_PLANNED, rounds)
                .figure(RunFigure.EPOCH, summary.round().epoch() + 1)
                .figure(RunFigure.LOSS, summary.loss())
                .figure(RunFigure.TOP1, summary.accuracy())
                .figure(RunFigure.LEARNING_RATE, summary.learningRate())
                .figure(RunFigure.IMAGES_PER_SECOND, summary.examplesPerSecond())
                .figure(RunFigure.DIVERGENCE, summary.divergence() < 0 ? Double.NaN : summary.divergence())
                .figure(RunFigure.WORKER_SKEW, compute * summary.workers().size() / computeInAll)
                .figure(RunFigure.WAIT_SHARE, waitInAll / (waitInAll + computeInAll))
                .figure(RunFigure.ROUND_MILLIS, summary.millis())
                .figure(RunFigure.COMPUTE_MILLIS, compute)
                .figure(RunFigure.AVERAGE_MILLIS, summary.phaseMillis().getOrDefault("average", Double.NaN))
                .figure(RunFigure.SECONDS_LEFT, (examples - summary.examplesSeen()) / summary.examplesPerSecond())
                .count(RunCount.EXAMPLES, summary.round().examples())
                .count(RunCount.ROUNDS, 1)
                .count(RunCount.MOVED_BYTES, summary.bytesMoved())
                .build()
                .post(spark);
    }

    @Override
    public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
        new RunEvent.Builder()
                .figure(RunFigure.CHECKPOINT_MILLIS, times.heldUpMillis())
                .figure(RunFigure.CHECKPOINT_ROUND, checkpoint.header().roundsDone())
                .count(RunCount.CHECKPOINTS, 1)
                .build()
                .post(spark);
    }

    @Override
    public void wentBack(int fromRound, int toRound) {
        new RunEvent.Builder()
                .figure(RunFigure.ROUND, toRound)
                .count(RunCount.WENT_BACK, 1)
                .build()
                .post(spark);
    }

    /** An evaluation has come out. */
    void evaluated(EvaluationReport report) {
        new RunEvent.Builder()
                .figure(RunFigure.EVALUATION_TOP1, report.headline().top1())
                .figure(RunFigure.EVALUATION_TOP5, report.headline().top5())
                .figure(RunFigure.EVALUATION_LOSS, report.headline().loss())
                .count(RunCount.EVALUATIONS, 1)
                .build()
                .post(spark);
    }
}
