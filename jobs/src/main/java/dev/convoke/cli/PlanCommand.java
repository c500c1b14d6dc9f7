package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.StateLayout;
import dev.convoke.shard.ShardEntry.RowGroup;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.spark.CostCalibration;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.FeedSettings;
import dev.convoke.training.RunPlan;
import dev.convoke.training.cost.CostLaw;
import dev.convoke.training.cost.RoundBytes;
import dev.convoke.training.cost.WorkerMemory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Predicts what a recipe's rounds cost, from constants measured here in a few seconds; starts nothing. */
@Command(
        name = "plan",
        description = "Predicts memory, bytes and time of a recipe's rounds, and warns of what cannot work.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class PlanCommand implements Callable<Integer> {

    private static final double IMAGENET_EXAMPLE_BYTES = 110_000;
    private static final long IMAGENET_GROUP_BYTES = 2 << 20;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "A YAML file; see conf/recipes/.")
    private Path recipeFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the recipe; repeatable.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--data", paramLabel = "URI", description = "The dataset; gives examples and classes.")
    private @Nullable String data;

    @Option(names = "--examples", description = "Examples an epoch has, instead of --data.")
    private @Nullable Long examples;

    @Option(names = "--executors", description = "Executors, one worker each (default: the recipe's workers).")
    private @Nullable Integer executors;

    @Option(
            names = "--bandwidth",
            paramLabel = "10Gb",
            description = "Between any two executors, in bits a second (default: all of them on this machine).")
    private @Nullable String bandwidth;

    @Option(
            names = "--images-per-second",
            description = "What one executor trains (default: measured here with the recipe's engine).")
    private @Nullable Double imagesPerSecond;

    @Override
    public Integer call() {
        Recipe recipe = RecipeLoader.load(TrainCommand.read(recipeFile), recipeFile.toString(), overrides);
        @Nullable
        ShardedDataset dataset = data == null
                ? null
                : ShardedDataset.open(StorageAccess.ofClassPath().stores(), Location.parse(data));
        RunPlan plan = new RunPlan(recipe.training(), examples(dataset));
        NetworkJob job = job(recipe, dataset);
        int workers = recipe.training().workers();
        int available = executors == null ? workers : executors;
        RoundBytes bytes = bytes(recipe, job.layout());
        double rate = imagesPerSecond == null ? TrainingSpeed.imagesPerSecond(job) : imagesPerSecond;
        PrintWriter out = spec.commandLine().getOut();
        describe(out, recipe, job.layout(), bytes);
        describeDriver(out, recipe.compute().master(), bytes);
        WorkerMemory memory = memory(recipe, job, bytes, plan, dataset == null ? null : dataset.manifest());
        line(
                out,
                "an executor needs        %,12.1f MB outside its heap (spark.executor.memoryOverhead)",
                memory.outsideHeap(1) / 1e6);
        line(
                out,
                "its shuffle window takes %,12.1f MB of its heap%s (spark.executor.memory)",
                memory.insideHeap(1) / 1e6,
                dataset == null ? ", if examples are as large as ImageNet's" : "");
        describeTime(out, plan, rate, roundMillis(bytes), available);
        if (recipe.compute().master() == Recipe.Master.DL4J) {
            line(out, "that is the time of averaging.master: convoke; DL4J's own takes many times as long");
        }
        SparkConf conf = new SparkConf();
        long groups = groups(plan, dataset == null ? null : dataset.manifest());
        Stream.of(
                        PlanAdvice.of(conf, recipe, plan, bytes, available).stream(),
                        PlanAdvice.ofBorders(plan, groups).stream(),
                        new ExecutorFit(conf).memoryProblems(memory).stream())
                .flatMap(warnings -> warnings)
                .forEach(warning -> out.println("warning: " + warning));
        out.flush();
        return ExitCode.DONE.number();
    }

    private long examples(@Nullable ShardedDataset dataset) {
        if (examples != null) {
            return examples;
        }
        if (dataset == null) {
            throw new UsageException("How many examples? Give --data URI of a dataset, or --examples");
        }
        return dataset.groups(Split.TRAIN).sizes().stream()
                .mapToLong(Integer::longValue)
                .sum();
    }

    /**
     * Returns how many row groups the training split has; where there is no dataset to ask, as with ImageNet's
     * photographs.
     */
    private static long groups(RunPlan plan, @Nullable ShardManifest manifest) {
        return manifest == null
                ? (long) Math.ceil(plan.examples() * IMAGENET_EXAMPLE_BYTES / IMAGENET_GROUP_BYTES)
                : manifest.shards(Split.TRAIN).stream()
                        .mapToLong(shard -> shard.groups().size())
                        .sum();
    }

    private static NetworkJob job(Recipe recipe, @Nullable ShardedDataset dataset) {
        if (dataset != null) {
            return TrainingRun.job(recipe, dataset.manifest());
        }
        return new NetworkJob(
                recipe.network(recipe.classes() == null ? 10 : recipe.classes()),
                recipe.optimizer(),
                recipe.training().seed(),
                recipe.compute().engine(),
                recipe.compute().precision(),
                recipe.training().batch());
    }

    /** Returns what one worker of a run occupies; where there is no dataset to ask, as with ImageNet's photographs. */
    static WorkerMemory memory(
            Recipe recipe, NetworkJob job, RoundBytes bytes, RunPlan plan, @Nullable ShardManifest manifest) {
        Optional<SplitSummary> train = Optional.ofNullable(manifest).flatMap(there -> there.split(Split.TRAIN));
        double example = train.map(split -> (double) split.imageBytes() / split.examples())
                .orElse(IMAGENET_EXAMPLE_BYTES);
        long group = manifest == null
                ? IMAGENET_GROUP_BYTES
                : manifest.shards(Split.TRAIN).stream()
                        .flatMap(shard -> shard.groups().stream())
                        .mapToLong(RowGroup::bytes)
                        .max()
                        .orElse(0);
        long mostExamples = -Math.floorDiv(-plan.examples(), plan.settings().workers());
        return WorkerMemory.of(
                        bytes, job.network(), job.batch(), recipe.feeding().ahead())
                .withWindow(
                        Math.min(plan.settings().shuffleWindow(), mostExamples),
                        example,
                        FeedSettings.GROUPS_BESIDE_WINDOW * group);
    }

    /** Returns what a recipe's rounds move and occupy. */
    static RoundBytes bytes(Recipe recipe, StateLayout layout) {
        Averaging averaging = recipe.training().averaging();
        boolean outer = averaging.outer().isActive();
        long averaged = averaging.updater() == UpdaterPolicy.RESET ? layout.parameterCount() : layout.valueCount();
        return new RoundBytes(
                (long) layout.valueCount() * Float.BYTES,
                (long) layout.parameterCount() * Float.BYTES,
                averaged * Float.BYTES,
                averaging.exchange().bytes(averaged),
                outer ? (long) layout.parameterCount() * Float.BYTES : 0,
                recipe.training().workers());
    }

    private double roundMillis(RoundBytes bytes) {
        CostLaw law;
        try (JavaSparkContext spark = SparkContexts.open("convoke plan", 1)) {
            law = CostCalibration.measure(spark);
        }
        return bandwidth == null
                ? law.onThisMachine(bytes)
                : law.onOwnMachines(bytes, Bandwidth.bytesPerSecond(bandwidth));
    }

    private static void describe(PrintWriter out, Recipe recipe, StateLayout layout, RoundBytes bytes) {
        line(
                out,
                "%s at %d px: %,d parameters, state %,.0f MB",
                recipe.architecture(),
                recipe.inputPixels(),
                layout.parameterCount(),
                bytes.state() / 1e6);
        line(out, "an executor receives     %,12.1f MB a round", bytes.executorReceives() / 1e6);
        line(
                out,
                "an executor keeps        %,12.1f MB of blocks (spark.memory.offHeap.size)",
                bytes.executorBlocks() / 1e6);
        line(
                out,
                "its replica needs        %,12.1f MB and the activations (memory outside the heap)",
                bytes.executorReplica() / 1e6);
    }

    private static void describeDriver(PrintWriter out, Recipe.Master master, RoundBytes bytes) {
        boolean dl4j = master == Recipe.Master.DL4J;
        line(out, "the driver moves         %,12.1f MB a round", (dl4j ? bytes.dl4jDriver() : bytes.driver()) / 1e6);
        line(
                out,
                "the driver needs         %,12.1f MB beside what Spark takes (spark.driver.memory)%s",
                (dl4j ? bytes.dl4jDriverMemory() : bytes.driverMemory()) / 1e6,
                dl4j ? ", for its copies of the state" : "");
    }

    private static void describeTime(
            PrintWriter out, RunPlan plan, double imagesPerSecond, double averagingMillis, int executors) {
        int workers = plan.settings().workers();
        int waves = (workers + executors - 1) / executors;
        double secondsOfRounds = waves * averagingMillis / 1000 * plan.roundCount();
        double secondsOfTraining = waves
                * (double) plan.examples()
                / workers
                / imagesPerSecond
                * plan.settings().epochs();
        double seconds = secondsOfRounds + secondsOfTraining;
        line(
                out,
                "averaging takes          %,12.0f ms a round, %.1f %% of the run",
                averagingMillis,
                100 * secondsOfRounds / seconds);
        line(out, "an executor trains       %,12.1f examples/s", imagesPerSecond);
        line(
                out,
                "together                 %,12.1f examples/s",
                (double) plan.examples() * plan.settings().epochs() / seconds);
        line(
                out,
                "%,d rounds in %,d epochs take %,.1f hours",
                plan.roundCount(),
                plan.settings().epochs(),
                seconds / 3600);
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
