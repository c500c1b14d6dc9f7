package dev.convoke.cli;

import dev.convoke.config.RecipeException;
import dev.convoke.evaluation.report.RunOverview;
import dev.convoke.evaluation.report.RunReport;
import dev.convoke.shard.DamagedDatasetException;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.StorageException;
import dev.convoke.storage.UnknownSchemeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the report of a run again. */
@Command(
        name = "report",
        description = "Writes report.html of a run again, from its durable files; or compares it with another run.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class ReportCommand implements Callable<Integer> {

    private static final int ROUNDS = 300;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", description = "The run directory.")
    private String run;

    @Option(
            names = "--data",
            paramLabel = "URI",
            description = "Shows example images from this dataset (default: the recipe's).")
    private @Nullable String data;

    @Option(
            names = "--compare",
            paramLabel = "RUN",
            description = "Writes a page that shows this other run beside it; repeatable.")
    private List<String> others = List.of();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where that page goes (default: compare-with-<other>.html in the run directory).")
    private @Nullable String out;

    @Override
    public Integer call() {
        FileStores stores = StorageAccess.ofClassPath().stores();
        Location directory = checked(stores, run);
        Location written = others.isEmpty() ? report(stores, directory) : comparison(stores, directory);
        spec.commandLine().getOut().println("The report: " + written);
        spec.commandLine().getOut().flush();
        return ExitCode.DONE.number();
    }

    private static Location checked(FileStores stores, String text) {
        Location directory = Location.parse(text);
        if (!RunOverview.isRun(stores.of(directory), directory)) {
            throw new UsageException("There is no run at " + directory + ": it has no " + RunFiles.RECIPE
                    + "; correct the path, or train one");
        }
        return directory;
    }

    private Location comparison(FileStores stores, Location directory) {
        List<RunOverview> runs = new ArrayList<>();
        runs.add(RunOverview.read(stores.of(directory), directory, ROUNDS));
        for (String other : others) {
            Location location = checked(stores, other);
            runs.add(RunOverview.read(stores.of(location), location, ROUNDS));
        }
        String name = runs.size() == 2 ? runs.get(1).run().name() : (runs.size() - 1) + "-runs";
        Location page = out == null ? directory.child("compare-with-" + name + ".html") : Location.parse(out);
        stores.of(page).replace(page, RunReport.comparison(runs));
        return page;
    }

    private Location report(FileStores stores, Location directory) {
        if (out != null) {
            throw new UsageException("--out goes with --compare; the report of a run is " + RunReport.FILE + " in it");
        }
        FileStore store = stores.of(directory);
        if (data != null) {
            return RunReport.write(store, directory, ShardedDataset.open(stores, Location.parse(data)));
        }
        try {
            return RunReport.write(store, directory, ShardedDataset.open(stores, recipeData(store, directory)));
        } catch (UsageException
                | RecipeException
                | StorageException
                | UnknownSchemeException
                | MalformedFileException
                | NewerFormatException
                | DamagedDatasetException gone) {
            String why = String.valueOf(gone.getMessage()).replaceAll("\\s+", " ");
            return RunReport.withoutImages(
                    store, directory, "No images of examples: " + why + ". Or name the dataset with --data.");
        }
    }

    private static Location recipeData(FileStore store, Location directory) {
        String written = RunFiles.recipe(store, directory).data();
        if (written == null) {
            throw new UsageException("the recipe does not say where the data is");
        }
        return Location.parse(written);
    }
}
