package dev.convoke.cli;

import dev.convoke.checkpoint.BackgroundDeletion;
import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.config.Recipe;
import dev.convoke.engine.NetworkJob;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.report.RunReport;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.provenance.LogKeys;
import dev.convoke.provenance.Provenance;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.spark.ClusterException;
import dev.convoke.spark.DatasetKit;
import dev.convoke.spark.GpuGrants;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.TaskGpus;
import dev.convoke.spark.dl4j.Dl4jRoundRunner;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.training.CheckpointPlan;
import dev.convoke.training.ResilientTraining;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import dev.convoke.training.cost.RoundBytes;
import dev.convoke.training.cost.WorkerMemory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One training from request to evaluated model: checks everything that can be checked, owns the run directory, trains,
 * leaves model and figures, and says in run.json how it ended.
 */
final class TrainingRun {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

    private final JavaSparkContext spark;
    private final TrainingRequest request;
    private final Watch watch;
    private final BooleanSupplier stopRequested;
    private final FileStore store;
    private final ShardManifest manifest;
    private final NetworkJob job;
    private final RunPlan plan;
    private final StorageAccess storage;

    /**
     * Checks recipe, dataset and network against each other; writes nothing.
     *
     * @param stopRequested asked after each round
     */
    TrainingRun(JavaSparkContext spark, TrainingRequest request, Watch watch, BooleanSupplier stopRequested) {
        this.spark = spark;
        this.watch = watch;
        this.stopRequested = stopRequested;
        this.storage = StorageAccess.of(spark.hadoopConfiguration());
        this.store = storage.stores().of(request.out());
        ShardedDataset dataset = ShardedDataset.open(storage.stores(), request.data());
        this.manifest = dataset.manifest();
        Recipe recipe = request.recipe().onDataset(manifest);
        this.request = request.with(recipe);
        this.job = job(recipe, manifest);
        requireRates(job);
        // Opening both splits here names a missing one before anything is written.
        long examples = dataset.groups(Split.TRAIN).sizes().stream()
                .mapToLong(Integer::longValue)
                .sum();
        dataset.groups(recipe.evaluation().split());
        this.plan = new RunPlan(recipe.training(), examples);
        RoundBytes bytes = PlanCommand.bytes(recipe, job.layout());
        WorkerMemory memory = PlanCommand.memory(recipe, job, bytes, plan, manifest);
        new ExecutorFit(spark.getConf()).check(recipe.training().workers(), memory);
        if (job.needsGpu()) {
            TaskGpus.requireAsked(spark.getConf());
        }
    }

    /** Returns the network a recipe trains on a dataset. */
    static NetworkJob job(Recipe recipe, ShardManifest manifest) {
        int classes = manifest.classes().size();
        if (recipe.classes() != null && recipe.classes() != classes) {
            throw new UsageException("The recipe has classes: " + recipe.classes() + ", the dataset has " + classes
                    + "; remove 'classes' from the recipe or choose another dataset");
        }
        return new NetworkJob(
                recipe.network(classes),
                recipe.optimizer(),
                recipe.training().seed(),
                recipe.compute().engine(),
                recipe.compute().precision(),
                recipe.training().batch(),
                recipe.fineTuning().rates());
    }

    private static void requireRates(NetworkJob job) {
        try {
            job.requireRates();
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("fine_tune: " + wrong.getMessage());
        }
    }

    /** Returns the rounds this run will do. */
    RunPlan plan() {
        return plan;
    }

    /** Returns the network this run trains. */
    NetworkJob network() {
        return job;
    }

    /**
     * Trains; returns the exit code.
     *
     * @param clusterFailure why the cluster's jobs were ended, if they were
     */
    int execute(Supplier<Optional<String>> clusterFailure) {
        RunDirectory directory = new RunDirectory(store, request, manifest);
        directory.check();
        RunOwnership ownership = RunOwnership.acquire(store, request.out(), request.takeover());
        RunFile file = new RunFile(store, request.out());
        Instant started = Instant.now();
        MDC.put(LogKeys.RUN, request.out().name());
        spark.setLocalProperty(LogKeys.RUN, request.out().name());
        RunStatus status = new RunStatus(file, ownership, started);
        try (BackgroundDeletion deletion = new BackgroundDeletion(store)) {
            Retention retention = new Retention(
                    request.recipe().checkpoint().keep(),
                    request.recipe().checkpoint().keepEvery());
            CheckpointStore checkpoints =
                    new CheckpointStore(store, request.out(), ownership, retention, deletion::delete);
            directory.probe();
            Optional<Checkpoint> from = directory.recover(checkpoints);
            List<Change> changes = from.map(
                            checkpoint -> directory.allowedChanges(checkpoint, identity(), job.layout(), plan))
                    .orElse(List.of());
            writeBeginning();
            status.write(Status.RUNNING, OptionalInt.empty(), rounds(from), "training");
            try (RunWatch watching = new RunWatch(watch, evaluations(), request.recipe(), plan)) {
                TrainingOutcome outcome = train(ownership, checkpoints, new Beginning(from, changes), watching);
                watching.settle();
                ExitCode code = finish(status, outcome, watching);
                watching.ended(code);
                return code.number();
            }
        } catch (RuntimeException thrown) {
            RuntimeException failure = clusterFailure
                    .get()
                    .<RuntimeException>map(reason -> new ClusterException(reason, thrown))
                    .orElseGet(() -> explained(thrown));
            ExitCode code = ExitCode.of(failure);
            if (code == ExitCode.DEFECT && stopRequested.getAsBoolean()) {
                // A job was cut short after the request: everything that was to be kept is committed.
                LOG.info("Stopped in the middle of other work: {}", failure.getMessage());
                return stopped(status, status.round());
            }
            status.writeFailure(code, ExitCode.speaker(failure));
            throw failure;
        } finally {
            ownership.release();
            spark.setLocalProperty(LogKeys.RUN, null);
            MDC.remove(LogKeys.RUN);
        }
    }

    private RuntimeException explained(RuntimeException thrown) {
        return ExitCode.of(thrown) == ExitCode.DEFECT
                ? SparkFailure.explain(spark.master(), thrown).orElse(thrown)
                : thrown;
    }

    private RunIdentity identity() {
        Recipe recipe = request.recipe();
        return new RunIdentity(
                recipe.training().seed(),
                recipe.training().workers(),
                recipe.training().batch(),
                recipe.training().averaging().toString(),
                manifest.digest(),
                job.architectureDigest(),
                recipe.digest());
    }

    private void writeBeginning() {
        store.replace(
                request.out().child(RunFiles.RECIPE), request.recipe().toYaml().getBytes(StandardCharsets.UTF_8));
        Provenance.Run made = new Provenance.Run(
                job.engineHere(),
                request.recipe().digest(),
                manifest.digest(),
                job.architectureDigest(),
                job.seed(),
                Instant.now(),
                Map.of("spark", spark.version()));
        store.replace(
                request.out().child(Provenance.FILE), Provenance.collect(made).toJson());
    }

    /**
     * Where training starts.
     *
     * @param from the checkpoint to continue from, or empty for the initial state
     * @param changes the history until then
     */
    private record Beginning(Optional<Checkpoint> from, List<Change> changes) {}

    private TrainingOutcome train(
            RunOwnership ownership, CheckpointStore checkpoints, Beginning beginning, RunWatch watching) {
        Recipe recipe = request.recipe();
        if (job.needsGpu()) {
            GpuGrants.require(spark, recipe.training().workers());
        }
        DatasetKit kit = kit(recipe, manifest, request.data(), storage);
        ResilientTraining resilient = new ResilientTraining(recipe.divergence().policy(), plan, checkpoints);
        InitialModel initial = new InitialModel(storage.stores(), request.out(), recipe.fineTuning());
        List<SliceEntry> slices = initial.write(job, manifest.classes());
        List<RoundListener> listeners = List.of(
                watching.observers(),
                new EpochEvaluation(
                        evaluations(),
                        recipe,
                        watching.watching(),
                        best(checkpoints, beginning.from()),
                        stopRequested));
        return resilient.run(beginning.from(), beginning.changes(), (course, guard) -> {
            String key = residentKey(request.out(), ownership.token(), course.number());
            CheckpointPlan saving = new CheckpointPlan(
                    checkpoints,
                    identity(),
                    course.changes(),
                    recipe.checkpoint().everyRounds());
            RoundRunner training = runner(key, kit, course.plan(), watching.trace());
            try (RoundRunner runner = guard.around(initial.around(training, slices))) {
                return new TrainingLoop(runner, course.plan(), saving, course.from(), listeners, stopRequested).run();
            }
        });
    }

    /**
     * Names what stays on executors between rounds: neither another owner of the run nor another try after a divergence
     * meets what was left behind.
     */
    static String residentKey(Location run, long token, int tryNumber) {
        return run + "#" + token + "." + tryNumber;
    }

    private RoundRunner runner(String key, DatasetKit kit, RunPlan course, ChromeTrace trace) {
        return switch (request.recipe().compute().master()) {
            case CONVOKE -> new SparkRoundRunner(spark, storage, key, kit, course).tracedBy(trace);
            case DL4J -> new Dl4jRoundRunner(spark, storage.stores(), kit, job.configuration(), course);
        };
    }

    /** Returns what a recipe's workers need on a dataset. */
    static DatasetKit kit(Recipe recipe, ShardManifest manifest, Location data, StorageAccess storage) {
        List<Long> perClass = manifest.split(Split.TRAIN).orElseThrow().perClass();
        return new DatasetKit(
                job(recipe, manifest),
                data,
                storage,
                recipe.augmentation(),
                recipe.normalisation(manifest),
                recipe.feeding().settings(perClass),
                recipe.feeding().cacheMegabytes());
    }

    private BestCheckpoint best(CheckpointStore checkpoints, Optional<Checkpoint> from) {
        BestCheckpoint best = new BestCheckpoint(checkpoints);
        if (request.recipe().checkpoint().keepBest()) {
            best.recall(
                    store, request.out(), request.recipe().evaluation().split().folder(), rounds(from));
        }
        return best;
    }

    private RunEvaluation evaluations() {
        return new RunEvaluation(
                spark,
                store,
                request.out(),
                new RunEvaluation.Network(job, request.recipe().normalisation(manifest)),
                manifest,
                request.data(),
                watch.console());
    }

    private ExitCode finish(RunStatus status, TrainingOutcome outcome, RunWatch watching) {
        Checkpoint last = outcome.checkpoint();
        int done = last.header().roundsDone();
        if (outcome.end() == TrainingOutcome.End.STOPPED) {
            stopped(status, done);
            return ExitCode.STOPPED;
        }
        status.write(Status.RUNNING, OptionalInt.empty(), done, "evaluating");
        RunFiles.writeModel(
                store, request.out(), job, last, request.recipe().normalisation(manifest), manifest.classes());
        RunEvaluation evaluation = evaluations();
        EvaluationReport report =
                evaluation.evaluate(last, request.recipe().evaluation().split());
        watching.doing(() -> {
            evaluation.show(report, true);
            watching.evaluated(report);
        });
        watch.console().result(report.table());
        status.write(Status.SUCCEEDED, OptionalInt.of(ExitCode.DONE.number()), done, "trained and evaluated");
        watching.doing(
                () -> RunReport.write(store, request.out(), ShardedDataset.open(storage.stores(), request.data())));
        return ExitCode.DONE;
    }

    private static int stopped(RunStatus status, int roundsDone) {
        status.write(
                Status.STOPPED,
                OptionalInt.of(ExitCode.STOPPED.number()),
                roundsDone,
                "stopped on request; the same command continues");
        return ExitCode.STOPPED.number();
    }

    private static int rounds(Optional<Checkpoint> from) {
        return from.map(checkpoint -> checkpoint.header().roundsDone()).orElse(0);
    }
}
