package dev.convoke.cli;

import dev.convoke.evaluation.report.RunReport;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
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
        description = "Writes report.html of a run again, from its durable files.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class ReportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", description = "The run directory.")
    private String run;

    @Option(names = "--data", paramLabel = "URI", description = "Shows example images from this dataset.")
    private @Nullable String data;

    @Override
    public Integer call() {
        Location directory = Location.parse(run);
        FileStores stores = StorageAccess.ofClassPath().stores();
        FileStore store = stores.of(directory);
        if (!store.exists(directory.child(RunFiles.RECIPE))) {
            throw new UsageException("There is no run at " + directory + ": it has no " + RunFiles.RECIPE
                    + "; correct the path, or train one");
        }
        Location written = data == null
                ? RunReport.write(store, directory)
                : RunReport.write(store, directory, ShardedDataset.open(stores, Location.parse(data)));
        spec.commandLine().getOut().println("The report: " + written);
        spec.commandLine().getOut().flush();
        return ExitCode.DONE.number();
    }
}
