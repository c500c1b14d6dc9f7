package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.storage.Location;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains a recipe. */
@Command(
        name = "train",
        description = "Trains a recipe; the same command again resumes where it was.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class TrainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "A YAML file, by path or address; see conf/recipes/.")
    private String recipeFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the recipe; repeatable.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--data", paramLabel = "URI", description = "The dataset, as 'shard' made it.")
    private @Nullable String data;

    @Option(names = "--out", paramLabel = "URI", description = "The run directory.")
    private @Nullable String out;

    @Option(names = "--resume", defaultValue = "auto", description = "auto, never or must (default: ${DEFAULT-VALUE}).")
    private TrainingRequest.Resume resume;

    @Option(
            names = "--allow-change",
            split = ",",
            paramLabel = "WHAT",
            description = "What may differ from the checkpoint: seed, workers, batch, averaging, dataset, architecture "
                    + "(same layers), recipe (everything else). Written into the run's history.")
    private Set<String> allowedChanges = Set.of();

    @Option(names = "--take-over", description = "Take the run from another owner, who must be gone for certain.")
    private boolean takeOver;

    @Mixin
    private StatusOption status;

    @Option(names = "--dry-run", description = "Check everything, print the plan, write nothing.")
    private boolean dryRun;

    @Mixin
    private WatchOptions watching;

    @Override
    public Integer call() {
        TrainingRequest request;
        try {
            request = request();
        } catch (RuntimeException failure) {
            // Where the driver runs on the cluster, a recipe that it cannot read is told nowhere else.
            if (out != null && !dryRun) {
                record(Location.parse(out)).failed(failure);
            }
            throw failure;
        }
        if (dryRun) {
            try (JavaSparkContext spark = open(request.recipe())) {
                describe(new TrainingRun(spark, request, Watch.on(Console.of(spec)), () -> false));
            }
            return ExitCode.DONE.number();
        }
        return record(request.out()).around("trained and evaluated", () -> {
            try (JavaSparkContext spark = open(request.recipe())) {
                return train(spark, request, watching.watch(Console.of(spec)));
            }
        });
    }

    private TrainingRequest request() {
        Recipe recipe = RecipeLoader.load(RecipeFile.read(recipeFile), recipeFile, allOverrides());
        return new TrainingRequest(
                recipe,
                location(recipe.data(), "data"),
                location(recipe.out(), "out"),
                resume,
                Takeover.asked(takeOver),
                new AllowedChanges(allowedChanges));
    }

    private EndRecord record(Location run) {
        return new EndRecord(new SparkConf(), run, status.placeOrNull());
    }

    private static JavaSparkContext open(Recipe recipe) {
        return SparkContexts.open(
                "convoke train " + recipe.name(), recipe.training().workers());
    }

    /** Trains until the end or a SIGTERM. */
    static int train(JavaSparkContext spark, TrainingRequest request, Watch watch) {
        try (JobGuard guard = JobGuard.over(spark)) {
            return train(spark, request, watch, guard);
        }
    }

    /** Trains until the end or a SIGTERM, as part of what somebody guards. */
    static int train(JavaSparkContext spark, TrainingRequest request, Watch watch, JobGuard guard) {
        return guard.training(
                () -> new TrainingRun(spark, request, watch, guard::stopRequested).execute(guard::clusterFailure));
    }

    private void describe(TrainingRun run) {
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%s: %,d parameters, %,d examples an epoch, %d epochs in %,d rounds of %d workers%n",
                        run.network().network().architecture(),
                        run.network().layout().parameterCount(),
                        run.plan().examples(),
                        run.plan().settings().epochs(),
                        run.plan().roundCount(),
                        run.plan().settings().workers());
        spec.commandLine().getOut().flush();
    }

    /** Returns the text of a recipe file. */
    static String read(Path file) {
        return RecipeFile.read(file.toString());
    }

    /** The stored recipe names data and run, so that later verbs find them. */
    private List<String> allOverrides() {
        List<String> all = new ArrayList<>(overrides);
        if (data != null) {
            all.add("data=" + Location.parse(data));
        }
        if (out != null) {
            all.add("out=" + Location.parse(out));
        }
        return all;
    }

    private static Location location(@Nullable String written, String key) {
        if (written == null) {
            throw new UsageException(
                    "Where is the " + key + "? Give --" + key + " URI, or '" + key + "' in the recipe");
        }
        return Location.parse(written);
    }
}
