package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointReader;
import dev.convoke.checkpoint.Recovery;
import dev.convoke.config.Recipe;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.spark.ClusterWatch;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Evaluates the newest checkpoint of a run. */
@Command(
        name = "evaluate",
        description = "Evaluates the newest verified checkpoint of a run: top-1, top-5, loss, per class, confusion.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what is required before call()
final class EvaluateCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--run", required = true, paramLabel = "URI", description = "The run directory.")
    private String run;

    @Option(names = "--data", paramLabel = "URI", description = "Another dataset than the recipe's.")
    private @Nullable String data;

    @Option(names = "--split", description = "train, validation or test (default: the recipe's).")
    private @Nullable String split;

    @Mixin
    private StatusOption status;

    @Override
    public Integer call() {
        return status.record().around("evaluated", this::evaluate);
    }

    private int evaluate() {
        int cores = Runtime.getRuntime().availableProcessors();
        try (JavaSparkContext spark = SparkContexts.open("convoke evaluate", cores)) {
            Location directory = Location.parse(run);
            StorageAccess storage = StorageAccess.of(spark.hadoopConfiguration());
            FileStore store = storage.stores().of(directory);
            Recipe recipe = RunFiles.recipe(store, directory);
            Split chosen = split == null ? recipe.evaluation().split() : Split.of(split);
            Location dataset = dataset(recipe);
            ShardManifest manifest =
                    ShardedDataset.open(storage.stores(), dataset).manifest();
            RunEvaluation.Network network =
                    new RunEvaluation.Network(TrainingRun.job(recipe, manifest), recipe.normalisation(manifest));
            RunEvaluation evaluation =
                    new RunEvaluation(spark, store, directory, network, manifest, dataset, Console.of(spec));
            EvaluationReport report =
                    ClusterWatch.during(spark, () -> evaluation.evaluate(newest(store, directory), chosen));
            evaluation.show(report, true);
            spec.commandLine().getOut().println(report.table());
            spec.commandLine().getOut().flush();
        }
        return ExitCode.DONE.number();
    }

    private Location dataset(Recipe recipe) {
        String written = data != null ? data : recipe.data();
        if (written == null) {
            throw new UsageException("The run does not say where its data is: give --data URI");
        }
        return Location.parse(written);
    }

    private static Checkpoint newest(FileStore store, Location directory) {
        Recovery recovery = new CheckpointReader(store, directory).recover();
        return recovery.newest()
                .orElseThrow(() -> new StorageException(
                        "No checkpoint of " + directory + " is usable: train it first. "
                                + recovery.reasons().replace('\n', ' '),
                        null));
    }
}
