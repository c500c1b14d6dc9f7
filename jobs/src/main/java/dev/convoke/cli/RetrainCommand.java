package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.config.RetrainConfig;
import dev.convoke.config.RetrainConfigLoader;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

    private static final Logger LOG = LoggerFactory.getLogger(RetrainCommand.class);

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CONFIG", description = "A retraining file; see docs/retraining.md.")
    private String configFile;

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
    private StatusOption status;

    @Mixin
    private WatchOptions watching;

    @Override
    public Integer call() {
        return record().around("done", this::retrain);
    }

    /** A start that comes to nothing is to be known, too, where there is a folder to say it in. */
    private EndRecord record() {
        SparkConf conf = new SparkConf();
        return work().map(work -> new EndRecord(conf, new NightEnd(work), status.placeOrNull()))
                .orElseGet(status::record);
    }

    private Optional<Location> work() {
        if (dryRun) {
            return Optional.empty();
        }
        try {
            return RetrainConfigLoader.work(RecipeFile.read(configFile), configFile, overrides)
                    .map(Location::parse);
        } catch (RuntimeException unreadable) {
            // Read again at once; then it is told what is wrong with it.
            LOG.debug("No work folder in {}", configFile, unreadable);
            return Optional.empty();
        }
    }

    private int retrain() {
        RetrainConfig config = RetrainConfigLoader.load(RecipeFile.read(configFile), configFile, overrides);
        Recipe recipe = recipe(config);
        if (name != null && !name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new UsageException("--night " + name + ": use letters, digits, dots and hyphens, such as 2026-11-25");
        }
        try (JavaSparkContext spark = SparkContexts.open(
                        "convoke retrain " + config.name(), recipe.training().workers());
                JobGuard guard = JobGuard.over(spark)) {
            Location work = Location.parse(config.places().work());
            FileStore store =
                    StorageAccess.of(spark.hadoopConfiguration()).stores().of(work);
            NightMaker maker = (folder, ownership) ->
                    new Night(spark, config, recipe, folder, ownership, Clock.systemUTC(), wishes(), guard);
            return dryRun ? describe(store, work, maker) : nights(store, work, maker);
        }
    }

    /** Puts a night together: everything but these is the same for each. */
    private interface NightMaker {

        Night night(Location folder, RunOwnership ownership);
    }

    private Recipe recipe(RetrainConfig config) {
        String file = RecipeFile.beside(configFile, config.recipe());
        return RecipeLoader.load(RecipeFile.read(file), file, config.recipeOverrides());
    }

    private int nights(FileStore store, Location work, NightMaker maker) {
        RunOwnership ownership = RunOwnership.acquire(store, work, Takeover.asked(takeOver));
        try {
            Nights nights = new Nights(store, work);
            Optional<String> cutShort = nights.unfinished();
            String wanted = name != null ? name : cutShort.orElseGet(nights::next);
            if (cutShort.isPresent() && !cutShort.get().equals(wanted)) {
                int code = one(nights, maker.night(nights.folder(cutShort.get()), ownership));
                if (code != ExitCode.DONE.number()) {
                    return code;
                }
            }
            Optional<String> outcome = nights.outcome(wanted);
            if (outcome.isPresent()) {
                print(wanted + " has an outcome already: " + outcome.get());
                return ExitCode.DONE.number();
            }
            return one(nights, maker.night(nights.folder(wanted), ownership));
        } finally {
            ownership.release();
        }
    }

    private static int one(Nights nights, Night night) {
        nights.reopen(night);
        return new RetrainRun(night).execute();
    }

    private Night.Wishes wishes() {
        return new Night.Wishes(force, takeHeldBack, Takeover.asked(takeOver), watching.watch(Console.of(spec)));
    }

    private int describe(FileStore store, Location work, NightMaker maker) {
        // In the work folder if there is one; else where it would be made: a night may begin meanwhile, and what it
        // makes is its own.
        Location place = work;
        while (!store.exists(place) && !place.parent().equals(place)) {
            place = place.parent();
        }
        Location scratch = place.child(".tmp-dry-run-" + UUID.randomUUID());
        try {
            // Nobody owns a look: what it writes is its own and goes again.
            RunOwnership ownership = RunOwnership.acquire(store, scratch, Takeover.FROM_THE_DEAD);
            Night night = maker.night(new Nights(store, work).folder("dry-run"), ownership);
            night.guard()
                    .explaining(() -> new NightPreview(night).lines(scratch.child("addition")))
                    .forEach(this::print);
        } finally {
            store.delete(scratch);
        }
        return ExitCode.DONE.number();
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
