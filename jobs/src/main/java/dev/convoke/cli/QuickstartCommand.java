package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.shard.ShardManifest;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the whole pipeline on generated photographs. */
@Command(
        name = "quickstart",
        description = "Everything on generated photographs: shards, trains, evaluates, ends in a report.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets every option before call()
final class QuickstartCommand implements Callable<Integer> {

    private static final String RECIPE = "/recipes/quickstart.yaml";
    private static final long SEED = 1;

    /** A few of the files are broken on purpose, to show the quarantine. */
    private static final double TOLERATED_QUARANTINE = 0.2;

    private static final double VALIDATION_FRACTION = 0.2;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--out",
            defaultValue = "quickstart",
            paramLabel = "DIR",
            description = "Where everything goes (default: ./${DEFAULT-VALUE}).")
    private Path out;

    @Option(
            names = "--photographs",
            defaultValue = "1400",
            description = "How many to generate (default: ${DEFAULT-VALUE}).")
    private int photographs;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the recipe; repeatable.")
    private List<String> overrides = new ArrayList<>();

    @Mixin
    private WatchOptions watching;

    @Override
    public Integer call() throws IOException {
        PrintWriter printer = spec.commandLine().getOut();
        Location dataset = Location.parse(out.resolve("dataset").toString());
        Location run = Location.parse(out.resolve("run").toString());
        List<String> settings = new ArrayList<>(overrides);
        settings.add("data=" + dataset);
        settings.add("out=" + run);
        Recipe recipe = RecipeLoader.load(bundledRecipe(), "quickstart.yaml", settings);
        Path images = generate(printer);
        try (JavaSparkContext spark =
                SparkContexts.open("convoke quickstart", recipe.training().workers())) {
            if (!Files.exists(out.resolve("dataset").resolve(ShardManifest.FILE))) {
                shard(spark, images, dataset);
            }
            int code = TrainCommand.train(
                    spark,
                    new TrainingRequest(
                            recipe,
                            dataset,
                            run,
                            TrainingRequest.Resume.AUTO,
                            Takeover.FROM_THE_DEAD,
                            new AllowedChanges(Set.of())),
                    watching.watch(Console.of(spec)));
            if (code == ExitCode.DONE.number()) {
                explain(printer);
            }
            return code;
        }
    }

    private Path generate(PrintWriter printer) throws IOException {
        Path images = out.resolve("images");
        if (!Files.exists(images)) {
            Path temporary = out.resolve(".tmp-images");
            deleteTree(temporary);
            Files.createDirectories(out);
            PhotographFolder.Written written = PhotographFolder.write(temporary, SEED, photographs);
            Files.move(temporary, images);
            if (!isQuiet()) {
                printer.printf(
                        "generated %d photographs of ten kinds, %d broken files among them%n",
                        written.photographs(), written.broken().size());
                printer.flush();
            }
        }
        return images;
    }

    private void shard(JavaSparkContext spark, Path images, Location dataset) {
        ShardingOptions options = ShardingOptions.of(Location.parse(images.toString()), dataset)
                .withFractions(VALIDATION_FRACTION, 0)
                .withSizes(4, 256)
                .withSeed(SEED)
                .withMaxQuarantineRate(TOLERATED_QUARANTINE);
        ShardCommand.report(
                ShardCommand.shard(spark, options, Takeover.FROM_THE_DEAD, Console.of(spec)),
                spec.commandLine().getOut());
    }

    private void explain(PrintWriter printer) {
        printer.printf("%nThe report: %s%n", out.resolve("run").resolve("report.html"));
        if (!isQuiet()) {
            suggest(printer);
        }
        printer.flush();
    }

    private void suggest(PrintWriter printer) {
        printer.printf("%nTry next:%n");
        printer.println("  ./convoke summary alexnet");
        printer.printf("  ./convoke evaluate --run %s%n", out.resolve("run"));
        printer.printf(
                "  ./convoke train conf/recipes/quickstart.yaml --data %s --out runs/mine --set epochs=2%n",
                out.resolve("dataset"));
        printer.println("  ./convoke shard --source YOUR-IMAGES --out YOUR-DATASET --validation-fraction 0.1");
    }

    private boolean isQuiet() {
        return Console.of(spec).mode() == Console.Mode.QUIET;
    }

    private static String bundledRecipe() throws IOException {
        try (InputStream in = QuickstartCommand.class.getResourceAsStream(RECIPE)) {
            if (in == null) {
                throw new IllegalStateException("The jar has no " + RECIPE + ": build it with Maven");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
