package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.config.RetrainConfig;
import dev.convoke.config.RetrainConfigLoader;
import dev.convoke.registry.retraining.Trigger;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Retrains on a schedule: new images in, a better model out, or nothing changes. */
@Command(
        name = "retrain",
        description = "One night of scheduled retraining: takes new images in, trains if it is worth it, and promotes"
                + " what is better. Safe to start twice; goes on where a night was cut short.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class RetrainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CONFIG", description = "A retraining file; see docs/retraining.md.")
    private Path configFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the file; repeatable.")
    private List<String> overrides = new ArrayList<>();

    @Option(
            names = "--night",
            paramLabel = "NAME",
            description = "The schedule's own name for this night, such as its date: a night that has an outcome is not"
                    + " done again. Without it each start is a night of its own.")
    private @Nullable String name;

    @Option(names = "--force", description = "Train whatever the triggers say.")
    private boolean force;

    @Option(
            names = "--take-held-back",
            description = "Take in what earlier nights held back because its labels looked wrong.")
    private boolean takeHeldBack;

    @Option(
            names = "--take-over",
            description = "Take work folder, dataset and run from another owner, who must be gone for certain.")
    private boolean takeOver;

    @Option(names = "--dry-run", description = "Say what is new and whether it would train; change nothing.")
    private boolean dryRun;

    @Mixin
    private WatchOptions watching;

    @Override
    public Integer call() {
        RetrainConfig config =
                RetrainConfigLoader.load(TrainCommand.read(configFile), configFile.toString(), overrides);
        Recipe recipe = recipe(config);
        if (name != null && !name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new UsageException("--night " + name + ": use letters, digits, dots and hyphens, such as 2026-11-25");
        }
        try (JavaSparkContext spark = SparkContexts.open(
                "convoke retrain " + config.name(), recipe.training().workers())) {
            return dryRun ? describe(spark, config, recipe) : nights(spark, config, recipe);
        }
    }

    private Recipe recipe(RetrainConfig config) {
        Path folder = configFile.toAbsolutePath().getParent();
        Path file = folder == null ? Path.of(config.recipe()) : folder.resolve(config.recipe());
        return RecipeLoader.load(TrainCommand.read(file), file.toString(), config.recipeOverrides());
    }

    private int nights(JavaSparkContext spark, RetrainConfig config, Recipe recipe) {
        Location work = Location.parse(config.places().work());
        FileStore store = StorageAccess.of(spark.hadoopConfiguration()).stores().of(work);
        RunOwnership ownership = RunOwnership.acquire(store, work, takeover());
        try {
            Nights nights = new Nights(store, work);
            Optional<String> cutShort = nights.unfinished();
            String wanted = name != null ? name : cutShort.orElseGet(nights::next);
            if (cutShort.isPresent() && !cutShort.get().equals(wanted)) {
                int code = one(
                        new Night(spark, config, recipe, nights.folder(cutShort.get()), ownership, clock(), wishes()));
                if (code != ExitCode.DONE.number()) {
                    return code;
                }
            }
            Optional<String> outcome = nights.outcome(wanted);
            if (outcome.isPresent()) {
                print(wanted + " has an outcome already: " + outcome.get());
                return ExitCode.DONE.number();
            }
            return one(new Night(spark, config, recipe, nights.folder(wanted), ownership, clock(), wishes()));
        } finally {
            ownership.release();
        }
    }

    private int one(Night night) {
        new Nights(night.store(), night.folder().parent().parent()).reopen(night);
        return new RetrainRun(night).execute();
    }

    private Night.Wishes wishes() {
        return new Night.Wishes(force, takeHeldBack, takeover(), watching.watch(Console.of(spec)));
    }

    private Takeover takeover() {
        return takeOver ? Takeover.FROM_ANYONE : Takeover.FROM_THE_DEAD;
    }

    private static Clock clock() {
        return Clock.systemUTC();
    }

    private int describe(JavaSparkContext spark, RetrainConfig config, Recipe recipe) {
        Location work = Location.parse(config.places().work());
        FileStore store = StorageAccess.of(spark.hadoopConfiguration()).stores().of(work);
        boolean wasThere = store.exists(work);
        Location scratch = work.child(".tmp-dry-run-" + UUID.randomUUID());
        try {
            // Nobody owns a look: what it writes is its own and goes again.
            Night night = new Night(
                    spark,
                    config,
                    recipe,
                    work.child("nights").child("dry-run"),
                    RunOwnership.acquire(store, scratch, Takeover.FROM_THE_DEAD),
                    clock(),
                    wishes());
            Addition addition = new NightData(night).search(scratch.child("addition"));
            print(addition.found() + " images in the source, " + addition.fresh() + " of them never seen before");
            Optional<ShardManifest> manifest = night.manifest();
            if (manifest.isEmpty()) {
                print("would make the dataset " + night.data() + " of them and train, because there is no model yet");
            } else {
                Trigger.Decision decision = new NightTraining(night).decision(manifest.get());
                print("without them it " + (decision.trains() ? "would train: " : "would not train: ")
                        + decision.why());
            }
        } finally {
            store.delete(scratch);
            if (!wasThere) {
                store.delete(work);
            }
        }
        return ExitCode.DONE.number();
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
