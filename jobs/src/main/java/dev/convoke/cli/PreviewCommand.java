package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.data.ContactSheet;
import dev.convoke.engine.Minibatch;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.spark.DatasetKit;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.training.FeedPreview;
import dev.convoke.training.RunPlan;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what the network sees. */
@Command(
        name = "preview",
        description = "Draws the first training images of an epoch exactly as the network will see them.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class PreviewCommand implements Callable<Integer> {

    private static final int COLUMNS = 8;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "A YAML file; see conf/recipes/.")
    private Path recipeFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides a key of the recipe; repeatable.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--data", required = true, paramLabel = "URI", description = "The dataset, as 'shard' made it.")
    private String data;

    @Option(
            names = "--out",
            defaultValue = "preview.png",
            paramLabel = "URI",
            description = "The picture (default: ${DEFAULT-VALUE}).")
    private String out;

    @Option(names = "--epoch", defaultValue = "0", description = "Counts from 0 (default: ${DEFAULT-VALUE}).")
    private int epoch;

    @Option(names = "--images", defaultValue = "64", description = "How many, about (default: ${DEFAULT-VALUE}).")
    private int images;

    @Override
    public Integer call() {
        Recipe recipe = RecipeLoader.load(TrainCommand.read(recipeFile), recipeFile.toString(), overrides);
        if (epoch < 0 || epoch >= recipe.training().epochs() || images < 1) {
            throw new UsageException("--epoch is between 0 and "
                    + (recipe.training().epochs() - 1) + " in this recipe, and --images at least 1");
        }
        StorageAccess storage = StorageAccess.ofClassPath();
        Location dataset = Location.parse(data);
        ShardManifest manifest = ShardedDataset.open(storage.stores(), dataset).manifest();
        long examples = manifest.split(Split.TRAIN)
                .map(ShardManifest.SplitSummary::examples)
                .orElseThrow(() -> new UsageException("The dataset " + dataset + " has no split 'train' to look at"));
        DatasetKit kit = TrainingRun.kit(recipe, manifest, dataset, storage);
        ImageShape shape = kit.imageShape();
        ContactSheet sheet = new ContactSheet(shape.width(), shape.height(), kit.normalisation());
        int batch = recipe.training().batch();
        FeedPreview.show(
                kit,
                new RunPlan(recipe.training(), examples),
                epoch,
                (images + batch - 1) / batch,
                minibatch -> add(minibatch, manifest, sheet));
        Location file = Location.parse(out);
        storage.stores().of(file).replace(file, sheet.png(COLUMNS));
        spec.commandLine().getOut().println("What the network sees in epoch " + epoch + ": " + file);
        spec.commandLine().getOut().flush();
        return ExitCode.DONE.number();
    }

    private static void add(Minibatch minibatch, ShardManifest manifest, ContactSheet sheet) {
        for (int row = 0; row < minibatch.size(); row++) {
            sheet.add(FloatBuffer.wrap(minibatch.values(row)), 0, caption(minibatch, row, manifest.classes()));
        }
    }

    /** The likeliest classes of a target: one, or two that were mixed. */
    private static String caption(Minibatch minibatch, int row, List<String> classes) {
        int start = row * minibatch.classes();
        double sum = IntStream.range(0, minibatch.classes())
                .mapToDouble(c -> minibatch.targets().get(start + c))
                .sum();
        return IntStream.range(0, minibatch.classes())
                .boxed()
                .sorted(Comparator.comparingDouble(
                        (Integer c) -> -minibatch.targets().get(start + c)))
                .limit(2)
                .filter(c -> minibatch.targets().get(start + c) > 0.1 * sum)
                .map(c -> String.format(
                        Locale.ROOT,
                        "%s %.2f",
                        classes.get(c),
                        minibatch.targets().get(start + c)))
                .collect(Collectors.joining(" + "));
    }
}
