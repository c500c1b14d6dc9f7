package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.metrics.FaultLog;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.WatchingCost;
import dev.convoke.metrics.mlflow.MlflowRun;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.models.NetworkSummary;
import dev.convoke.spark.JobProgress;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RunPlan;
import java.util.List;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/** Everybody who watches one run, from before its first round to its end. */
final class RunWatch implements AutoCloseable {

    private final Console console;
    private final ProgressLine line;
    private final Observation observation = new Observation();
    private final BesideTraining beside;
    private final EventLog events;
    private final WatchingCost cost;
    private final ChromeTrace trace = new ChromeTrace();
    private final JobProgress building;
    private final FaultNotes faults;
    private final MonitorListener monitor;
    private final @Nullable MlflowListener mlflow;
    private final @Nullable ProfileWriter profile;
    private boolean ended;

    /**
     * Starts to watch, and says what will be trained.
     *
     * @param run where it is and what trains it
     */
    RunWatch(Watch watch, RunEvaluation run, Recipe recipe, RunPlan plan) {
        this.console = watch.console();
        observation.doing(() -> introduce(run, recipe, plan));
        ProgressLine plans = console.progress("building plans", "replicas");
        this.building = JobProgress.ofReplicas(run.spark(), (done, total, unit) -> {
            plans.update(done, total, "");
            if (done == total) {
                plans.finish();
            }
        });
        this.line = console.progress("training", "images");
        this.faults = new FaultNotes(new FaultLog(run.store(), run.run()), run.spark());
        this.monitor = new MonitorListener(run.spark());
        this.mlflow = watch.mlflow()
                .map(target -> new MlflowListener(
                        new MlflowRun(target, run.store(), run.run(), console::warn, observation::used), recipe))
                .orElse(null);
        this.profile = watch.profiledRounds() > 0 ? profile(watch, run, recipe) : null;
        this.events = new EventLog(run.store(), run.run());
        this.cost = new WatchingCost(run.store(), run.run());
        this.beside = writers(run);
        observe();
    }

    private BesideTraining writers(RunEvaluation run) {
        MetricLog metrics = new MetricLog(run.store(), run.run());
        NetworkSummary network = NetworkSummary.of(run.network().job().network());
        return new BesideTraining(
                List.of(
                        new MetricsWriter(metrics, events, run.run().name(), observation::takeMillis),
                        new StateHistograms(run.store(), events, network)),
                observation::used);
    }

    private ProfileWriter profile(Watch watch, RunEvaluation run, Recipe recipe) {
        ProfileWriter.warnOf(recipe, console);
        return new ProfileWriter(trace, watch.profiledRounds(), run.store(), run.run(), console);
    }

    private void observe() {
        observation.add(faults);
        observation.add(new TrainingConsole(line, console));
        observation.add(new TrainingWarnings(console, line));
        observation.add(beside);
        observation.add(monitor);
        if (profile != null) {
            observation.add(profile);
        }
        if (mlflow != null) {
            observation.add(mlflow);
        }
    }

    private void introduce(RunEvaluation run, Recipe recipe, RunPlan plan) {
        console.note(ModelTable.of(run.network().job(), recipe, plan));
        console.event("model", ModelTable.fields(run.network().job(), plan));
        SparkConf conf = run.spark().getConf();
        if (run.spark().isLocal()) {
            PlanAdvice.ofShares(plan).forEach(console::warn);
        } else {
            int executors = recipe.training().workers();
            PlanAdvice.of(
                            conf,
                            recipe,
                            plan,
                            PlanCommand.bytes(recipe, run.network().job().layout()),
                            executors)
                    .forEach(console::warn);
        }
    }

    /** Returns what hears of every round. */
    RoundListener observers() {
        return observation;
    }

    /** Returns what rounds are traced into. */
    ChromeTrace trace() {
        return trace;
    }

    /** Returns how what happens beside the rounds is to be told. */
    EpochEvaluation.Watching watching() {
        return new EpochEvaluation.Watching(console, line, observation, beside, this::evaluated);
    }

    /**
     * Waits until everything told of the rounds is written.
     *
     * @throws RuntimeException what kept it from being written
     */
    void settle() {
        observation.doing(beside::settle);
    }

    /** Does what belongs to watching on its account. */
    void doing(Runnable work) {
        observation.doing(work);
    }

    /** An evaluation has come out. */
    void evaluated(EvaluationReport report) {
        monitor.evaluated(report);
        if (mlflow != null) {
            mlflow.evaluated(report);
        }
    }

    /** The run has ended as it should: at its end, or because it was asked to. */
    void ended(ExitCode code) {
        ended = true;
        observation.doing(events::finish);
        if (mlflow != null) {
            mlflow.ended(code == ExitCode.DONE ? MlflowRun.End.FINISHED : MlflowRun.End.KILLED);
        }
    }

    @Override
    public void close() {
        observation.doing(this::closeAll);
        if (ended) {
            // What came behind the last round, whose metrics are written.
            cost.add(observation.takeMillis());
        }
    }

    private void closeAll() {
        try (beside) {
            line.finish();
            building.close();
            faults.close();
            if (mlflow != null) {
                if (!ended) {
                    mlflow.ended(MlflowRun.End.FAILED);
                }
                mlflow.close();
            }
            if (profile != null) {
                profile.close();
            }
        }
    }
}
