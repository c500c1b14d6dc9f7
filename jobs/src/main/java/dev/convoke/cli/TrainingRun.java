package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Recovery;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.config.Recipe;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.NetworkJob;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.report.RunReport;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.tensorboard.EventLog;
import dev.convoke.provenance.Provenance;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.spark.DatasetKit;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.dl4j.Dl4jRoundRunner;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import dev.convoke.training.CheckpointPlan;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One training from request to evaluated model: checks everything that can be checked, owns the run directory, trains,
 * leaves model and figures, and says in run.json how it ended.
 */
final class TrainingRun {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

    /** The scale of every network's input until a recipe says otherwise. */
    static final Normalisation SCALE = Normalisation.IMAGENET;

    private static final int LARGEST_RECIPE = 1 << 20;

    private final JavaSparkContext spark;
    private final TrainingRequest request;
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
    TrainingRun(JavaSparkContext spark, TrainingRequest request, BooleanSupplier stopRequested) {
        this.spark = spark;
        this.request = request;
        this.stopRequested = stopRequested;
        this.storage = StorageAccess.of(spark.hadoopConfiguration());
        this.store = storage.stores().of(request.out());
        ShardedDataset dataset = ShardedDataset.open(storage.stores(), request.data());
        Recipe recipe = request.recipe();
        this.manifest = dataset.manifest();
        this.job = job(recipe, manifest);
        // Opening both splits here names a missing one before anything is written.
        long examples = dataset.groups(Split.TRAIN).sizes().stream()
                .mapToLong(Integer::longValue)
                .sum();
        dataset.groups(recipe.evaluation().split());
        this.plan = new RunPlan(recipe.training(), examples);
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
                recipe.training().batch());
    }

    /** Returns the rounds this run will do. */
    RunPlan plan() {
        return plan;
    }

    /** Returns the network this run trains. */
    NetworkJob network() {
        return job;
    }

    /** Trains; returns the exit code. */
    int execute() {
        checkDirectory();
        RunOwnership ownership = RunOwnership.acquire(store, request.out(), request.takeover());
        RunFile file = new RunFile(store, request.out());
        Instant started = Instant.now();
        RunStatus status = new RunStatus(file, ownership, started);
        try {
            CheckpointStore checkpoints = new CheckpointStore(
                    store,
                    request.out(),
                    ownership,
                    new Retention(
                            request.recipe().checkpoint().keep(),
                            request.recipe().checkpoint().keepEvery()));
            Optional<Checkpoint> from = recover(checkpoints);
            List<Change> changes = from.map(this::allowedChanges).orElse(List.of());
            writeBeginning();
            status.write(Status.RUNNING, OptionalInt.empty(), rounds(from), "training");
            TrainingOutcome outcome = train(ownership, checkpoints, from, changes);
            return finish(status, outcome);
        } catch (RuntimeException failure) {
            ExitCode code = ExitCode.of(failure);
            status.writeFailure(code, ExitCode.speaker(failure));
            throw failure;
        } finally {
            ownership.release();
        }
    }

    private void checkDirectory() {
        boolean exists = store.exists(request.out().child(RunFiles.RECIPE));
        if (exists && request.resume() == TrainingRequest.Resume.NEVER) {
            throw new UsageException("There is a run at " + request.out()
                    + " already: choose another --out, or continue it with --resume auto");
        }
        if (!exists && request.resume() == TrainingRequest.Resume.MUST) {
            throw new UsageException("There is no run at " + request.out()
                    + " to resume: correct --out, or start one with --resume auto");
        }
        if (exists && request.allowedChanges().isEmpty()) {
            RecipeComparison.check(storedRecipe(), request.recipe(), request.out());
        }
    }

    private String storedRecipe() {
        return new String(store.read(request.out().child(RunFiles.RECIPE), LARGEST_RECIPE), StandardCharsets.UTF_8);
    }

    private Optional<Checkpoint> recover(CheckpointStore checkpoints) {
        Recovery recovery = checkpoints.recover();
        recovery.reasons().lines().forEach(LOG::warn);
        if (recovery.everythingIsLost()) {
            throw new StorageException(
                    "No checkpoint of " + request.out() + " is usable: restore one, or train into another --out. "
                            + recovery.reasons().replace('\n', ' '),
                    null);
        }
        recovery.newest().ifPresent(checkpoint -> LOG.info("Resuming from {}", checkpoint.folder()));
        return recovery.newest();
    }

    private List<Change> allowedChanges(Checkpoint checkpoint) {
        return checkpoint.header().changesFor(checkpoint.folder(), identity(), job.layout(), request.allowedChanges());
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

    private TrainingOutcome train(
            RunOwnership ownership, CheckpointStore checkpoints, Optional<Checkpoint> from, List<Change> changes) {
        Recipe recipe = request.recipe();
        DatasetKit kit = kit(recipe, manifest, request.data(), storage);
        String key = request.out() + "#" + ownership.token();
        ProgressLine line = ProgressLine.onConsole("training", "images");
        List<RoundListener> listeners = List.of(
                new TrainingConsole(line),
                new MetricsWriter(
                        new MetricLog(store, request.out()),
                        new EventLog(store, request.out()),
                        request.out().name()),
                new EpochEvaluation(evaluations(), recipe, line));
        try (RoundRunner runner = runner(key, kit)) {
            CheckpointPlan saving = new CheckpointPlan(
                    checkpoints, identity(), changes, recipe.checkpoint().everyRounds());
            return new TrainingLoop(runner, plan, saving, from, listeners, stopRequested).run();
        } finally {
            line.finish();
        }
    }

    private RoundRunner runner(String key, DatasetKit kit) {
        return switch (request.recipe().compute().master()) {
            case CONVOKE -> new SparkRoundRunner(spark, storage, key, kit, plan);
            case DL4J -> new Dl4jRoundRunner(spark, storage.stores(), kit, job.configuration(), plan);
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
                SCALE,
                recipe.feeding().settings(perClass),
                recipe.feeding().cacheMegabytes());
    }

    private RunEvaluation evaluations() {
        return new RunEvaluation(spark, store, request.out(), job, manifest, request.data());
    }

    private int finish(RunStatus status, TrainingOutcome outcome) {
        Checkpoint last = outcome.checkpoint();
        int done = last.header().roundsDone();
        if (outcome.end() == TrainingOutcome.End.STOPPED) {
            status.write(
                    Status.STOPPED,
                    OptionalInt.of(ExitCode.STOPPED.number()),
                    done,
                    "stopped on request; the same command continues");
            return ExitCode.STOPPED.number();
        }
        RunFiles.writeModel(store, request.out(), job, last, SCALE, manifest.classes());
        EvaluationReport report =
                evaluations().evaluate(last, request.recipe().evaluation().split());
        System.out.println(report.table());
        status.write(Status.SUCCEEDED, OptionalInt.of(ExitCode.DONE.number()), done, "trained and evaluated");
        RunReport.write(store, request.out(), ShardedDataset.open(storage.stores(), request.data()));
        return ExitCode.DONE.number();
    }

    private static int rounds(Optional<Checkpoint> from) {
        return from.map(checkpoint -> checkpoint.header().roundsDone()).orElse(0);
    }
}
