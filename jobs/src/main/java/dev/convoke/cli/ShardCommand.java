package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.ReportFiles;
import dev.convoke.spark.ClusterWatch;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.ShardingOptions.LabelConflicts;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.spark.ShardingResult;
import dev.convoke.spark.SparkSharder;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Turns images into Parquet shards with a manifest. */
@Command(
        name = "shard",
        description =
                "Turns images into Parquet shards with a manifest: folders, a tar, a list, ImageNet as downloaded,"
                        + " CIFAR-10, MNIST.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets every option before call()
final class ShardCommand implements Callable<Integer> {

    private static final double IMBALANCED = 20;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--source",
            required = true,
            paramLabel = "URI",
            description = "[split/]class/*.jpg as folders or tar; *.csv or *.jsonl of path,label[,split]; a folder with"
                    + " ILSVRC2012_img_train.tar, data_batch_*.bin or train-images-idx3-ubyte.")
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
            description = "MB of source images in a shard; --resize makes it smaller (default: ${DEFAULT-VALUE}).")
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
            description = "fail, replace or add, if a dataset is there already.")
    private OnConflict onConflict;

    @Option(
            names = "--max-quarantine-rate",
            defaultValue = "0.001",
            description = "Refuses a source with more rejected files (default: ${DEFAULT-VALUE}).")
    private double maxQuarantineRate;

    @Option(
            names = "--label-conflicts",
            defaultValue = "refuse",
            description = "refuse or report images that stand under more than one label.")
    private LabelConflicts labelConflicts;

    @Option(
            names = "--take-over",
            description = "Take the place from another sharding job, which must be gone for certain.")
    private boolean takeOver;

    @Mixin
    private StatusOption status;

    @Override
    public Integer call() {
        return status.record().around("sharded", () -> {
            ShardingOptions options = options();
            try (JavaSparkContext spark =
                    SparkContexts.open("convoke shard", Runtime.getRuntime().availableProcessors())) {
                ShardingResult result = ClusterWatch.during(
                        spark, () -> shard(spark, options, Takeover.asked(takeOver), Console.of(spec)));
                report(result, spec.commandLine().getOut());
            }
            return ExitCode.DONE.number();
        });
    }

    /** Shards with a progress line. */
    static ShardingResult shard(JavaSparkContext spark, ShardingOptions options, Takeover terms, Console console) {
        ProgressLine line = console.progress("sharding", "images");
        ShardingResult result = new SparkSharder(spark)
                .shard(
                        options,
                        (done, total, unit) -> line.update(done, total, unit.equals("images") ? "" : unit),
                        terms);
        line.finish();
        return result;
    }

    /** Prints what came in. */
    static void report(ShardingResult result, PrintWriter printer) {
        ShardManifest manifest = result.manifest();
        if (result.unchanged()) {
            printer.printf(
                    "%s is there already, made with the same options of files of these names and lengths; if one of"
                            + " them has changed since, make it again with --on-conflict replace%n",
                    result.dataset());
        }
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
                    "%,d files rejected: reasons in %s%s%n",
                    manifest.quarantined(),
                    result.dataset().child("quarantine.jsonl"),
                    manifest.history().revision() > 1 ? " and revisions/quarantine-*.jsonl beside it" : "");
        }
        Duplicates twice = result.findings().duplicates();
        if (twice.groups() > 0) {
            printer.printf(
                    Locale.ROOT,
                    "%,d images are there more than once, %,d under several labels, %,d in several splits: see %s%n",
                    twice.groups(),
                    twice.conflicts(),
                    twice.overlaps(),
                    result.dataset().child(ReportFiles.DUPLICATES));
        }
        manifest.splits().forEach(split -> warnOfImbalance(split, printer));
        printer.printf("What is in it: %s%n", result.dataset().child(ReportFiles.PAGE));
        printer.flush();
    }

    private static void warnOfImbalance(SplitSummary split, PrintWriter printer) {
        double ratio = new ClassBalance(split.perClass()).ratio();
        if (ratio >= IMBALANCED) {
            printer.printf(
                    Locale.ROOT,
                    "%s: the largest class has %,.0f times as many examples as the smallest; feed.sampling: balanced or"
                            + " feed.class_weights: balanced in a recipe evens that out%n",
                    split.split().folder(),
                    ratio);
        }
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
                    maxQuarantineRate,
                    labelConflicts);
        } catch (IllegalArgumentException impossible) {
            throw new UsageException(String.valueOf(impossible.getMessage()));
        }
    }
}
