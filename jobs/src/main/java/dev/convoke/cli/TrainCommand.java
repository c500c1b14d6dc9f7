package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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

    /** Leaves time to commit within the 30 seconds schedulers give before they kill. */
    private static final long PATIENCE_SECONDS = 15;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "A YAML file; see conf/recipes/.")
    private Path recipeFile;

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
            description = "What may differ from the checkpoint: seed, workers, batch, averaging, dataset, recipe.")
    private Set<String> allowedChanges = Set.of();

    @Option(names = "--take-over", description = "Take the run from another owner, who must be gone for certain.")
    private boolean takeOver;

    @Option(names = "--dry-run", description = "Check everything, print the plan, write nothing.")
    private boolean dryRun;

    @Override
    public Integer call() {
        Recipe recipe = RecipeLoader.load(read(recipeFile), recipeFile.toString(), allOverrides());
        TrainingRequest request = new TrainingRequest(
                recipe,
                location(recipe.data(), "data"),
                location(recipe.out(), "out"),
                resume,
                takeOver ? Takeover.FROM_ANYONE : Takeover.FROM_THE_DEAD,
                allowedChanges);
        try (JavaSparkContext spark = SparkContexts.open(
                "convoke train " + recipe.name(), recipe.training().workers())) {
            if (dryRun) {
                describe(new TrainingRun(spark, request, () -> false));
                return ExitCode.DONE.number();
            }
            return train(spark, request);
        }
    }

    /** Trains until the end or a SIGTERM. */
    static int train(JavaSparkContext spark, TrainingRequest request) {
        try (StopSignal stop = new StopSignal(PATIENCE_SECONDS, () -> spark.sc().cancelAllJobs())) {
            stop.listen();
            return new TrainingRun(spark, request, stop::isRequested).execute();
        }
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
        try {
            return Files.readString(file);
        } catch (NoSuchFileException missing) {
            throw new UsageException("There is no recipe at " + file + "; conf/recipes/ has one for each network");
        } catch (CharacterCodingException broken) {
            throw new UsageException("The recipe " + file + " is not UTF-8 text; save it as UTF-8");
        } catch (IOException failed) {
            throw new UsageException("The recipe " + file + " cannot be read: " + failed.getMessage());
        }
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
