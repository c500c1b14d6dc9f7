package dev.convoke.cli;

import dev.convoke.shard.ShardManifest;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.spark.ShardingResult;
import dev.convoke.spark.SparkSharder;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Turns images into Parquet shards with a manifest. */
@Command(
        name = "shard",
        description = "Turns a folder tree, a tar or a tar.gz of images into Parquet shards with a manifest.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets every option before call()
final class ShardCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--source",
            required = true,
            paramLabel = "DIR-OR-TAR",
            description = "split/class/*.jpg or class/*.jpg.")
    private String source;

    @Option(names = "--out", required = true, paramLabel = "URI", description = "Where the dataset goes.")
    private String out;

    @Option(
            names = "--validation-fraction",
            defaultValue = "0",
            description = "Share of the training images to hold out.")
    private double validationFraction;

    @Option(
            names = "--test-fraction",
            defaultValue = "0",
            description = "Share of the training images to keep for the end.")
    private double testFraction;

    @Option(
            names = "--resize",
            defaultValue = "0",
            paramLabel = "PX",
            description = "Longest shorter side; 0 leaves files as they are.")
    private int resize;

    @Option(
            names = "--shard-mb",
            defaultValue = "64",
            paramLabel = "MB",
            description = "Size of a shard (default: ${DEFAULT-VALUE}).")
    private int shardMegabytes;

    @Option(
            names = "--row-group-kb",
            defaultValue = "2048",
            paramLabel = "KB",
            description = "Size of one sequential read (default: ${DEFAULT-VALUE}).")
    private int rowGroupKilobytes;

    @Option(names = "--seed", defaultValue = "0", description = "Keys splits and places (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--on-conflict",
            defaultValue = "fail",
            description = "fail or replace, if a dataset is there already.")
    private OnConflict onConflict;

    @Option(
            names = "--max-quarantine-rate",
            defaultValue = "0.001",
            description = "Refuses a source with more rejected files (default: ${DEFAULT-VALUE}).")
    private double maxQuarantineRate;

    @Override
    public Integer call() {
        ShardingOptions options = options();
        try (JavaSparkContext spark =
                SparkContexts.open("convoke shard", Runtime.getRuntime().availableProcessors())) {
            report(shard(spark, options), spec.commandLine().getOut());
        }
        return ExitCode.DONE.number();
    }

    /** Shards with a progress line. */
    static ShardingResult shard(JavaSparkContext spark, ShardingOptions options) {
        ProgressLine line = ProgressLine.onConsole("sharding", "images");
        ShardingResult result = new SparkSharder(spark)
                .shard(options, (done, total, unit) -> line.update(done, total, unit.equals("images") ? "" : unit));
        line.finish();
        return result;
    }

    /** Prints what came in. */
    static void report(ShardingResult result, PrintWriter printer) {
        ShardManifest manifest = result.manifest();
        manifest.splits()
                .forEach(split -> printer.printf(
                        Locale.ROOT,
                        "%-10s %,9d examples  %,9.1f MB%n",
                        split.split().folder(),
                        split.examples(),
                        split.imageBytes() / 1e6));
        printer.printf(
                Locale.ROOT,
                "%d classes, %d shards at %s%n",
                manifest.classes().size(),
                manifest.shards().size(),
                result.dataset());
        if (manifest.quarantined() > 0) {
            printer.printf(
                    Locale.ROOT,
                    "%,d files rejected: reasons in %s%n",
                    manifest.quarantined(),
                    result.dataset().child("quarantine.jsonl"));
        }
        printer.flush();
    }

    private ShardingOptions options() {
        try {
            return new ShardingOptions(
                    Location.parse(source),
                    Location.parse(out),
                    validationFraction,
                    testFraction,
                    resize,
                    shardMegabytes,
                    rowGroupKilobytes,
                    seed,
                    onConflict,
                    maxQuarantineRate);
        } catch (IllegalArgumentException impossible) {
            throw new UsageException(String.valueOf(impossible.getMessage()));
        }
    }
}
