package dev.convoke.spark;

import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.DatasetChecks;
import dev.convoke.shard.ingest.DatasetCommit;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.Rejections;
import dev.convoke.shard.ingest.ShardBuilder;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.shard.ingest.ShardPlan;
import dev.convoke.shard.ingest.SourceCounts;
import dev.convoke.shard.ingest.SplitDraw;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.spark.ShardingTasks.Counted;
import dev.convoke.spark.SourceListing.Listed;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Turns images as people keep them into a dataset, as a Spark job: list, count, then make every shard in one task.
 * Equal input, options and seed give equal bytes, whatever the cluster. Memory on the driver and on executors does not
 * grow with the number of images. What fails leaves nothing behind.
 */
public final class SparkSharder {

    private static final long MEGABYTE = 1_000_000;

    private final JavaSparkContext spark;
    private final StorageAccess access;

    /** Shards with a context, on the storage its Hadoop configuration reaches. */
    public SparkSharder(JavaSparkContext spark) {
        this(spark, StorageAccess.of(spark.hadoopConfiguration()));
    }

    /** Shards with a context, on some storage. */
    public SparkSharder(JavaSparkContext spark, StorageAccess access) {
        this.spark = spark;
        this.access = access;
    }

    /**
     * Makes a dataset.
     *
     * @throws UnusableSourceException if the source cannot become a dataset, or the place is taken; nothing is changed
     *     then
     */
    public ShardingResult shard(ShardingOptions options, ShardingProgress progress) {
        FileStore store = access.stores().of(options.out());
        DatasetCommit commit = new DatasetCommit(store, options.out());
        Optional<ShardManifest> old = commit.check(options.source());
        if (old.isPresent() && options.onConflict() == OnConflict.FAIL) {
            throw new UnusableSourceException("There is a dataset at " + options.out()
                    + " already: choose another --out, or replace it with --on-conflict replace");
        }
        boolean wasThere = store.exists(options.out());
        Location temporary = commit.temporary(UUID.randomUUID().toString());
        boolean done = false;
        try {
            ShardingResult result = shard(
                    options,
                    progress,
                    temporary,
                    (manifest, outcomes, quarantines) -> commit.commit(old, manifest, outcomes, quarantines));
            done = true;
            return result;
        } finally {
            store.delete(temporary);
            if (!done && !wasThere && store.list(options.out()).isEmpty()) {
                store.delete(options.out());
            }
        }
    }

    private interface Committer {
        void commit(ShardManifest manifest, List<Outcome> outcomes, List<Location> quarantines);
    }

    private ShardingResult shard(
            ShardingOptions options, ShardingProgress progress, Location temporary, Committer committer) {
        ShardingTasks tasks = new ShardingTasks(access, temporary.uri());
        Listed listed = new SourceListing(spark, access, tasks).list(options.source(), temporary, progress);
        Layout layout = listed.layout();
        SplitDraw draw = new SplitDraw(options.seed(), options.validationFraction(), options.testFraction());
        DatasetChecks checks = new DatasetChecks(options.source().uri(), layout);

        describe("count images");
        List<Counted> parts = SparkFailures.unwrapped(() -> spark.parallelize(
                        listed.parts(), Math.max(1, listed.parts().size()))
                .map(part -> tasks.count(part, layout, draw))
                .collect());
        SourceCounts counts = parts.stream()
                .map(Counted::counts)
                .reduce(new SourceCounts(layout.classes().size()), SourceCounts::plus);
        checks.checkFound(counts, draw);

        ShardPlan plan = ShardPlan.of(counts, options.shardMegabytes() * MEGABYTE, options.seed());
        ShardBuilder.Recipe recipe =
                new ShardBuilder.Recipe(layout, options.resize(), options.rowGroupKilobytes() << 10);
        List<Outcome> outcomes = build(listed, draw, plan, recipe, tasks, new Reporting(counts.total(), progress));
        Rejections rejections = counts.rejections();
        List<Location> quarantines = new ArrayList<>();
        parts.stream().map(Counted::quarantine).forEach(file -> add(file, quarantines));
        for (Outcome outcome : outcomes) {
            rejections = rejections.plus(outcome.rejections());
            add(outcome.quarantine(), quarantines);
        }
        checks.checkMade(outcomes, rejections, options.maxQuarantineRate());
        ShardManifest manifest = checks.manifest(outcomes, listed.kind(), options.seed(), rejections.total());
        committer.commit(manifest, outcomes, quarantines);
        return new ShardingResult(options.out(), manifest, rejections);
    }

    private record Reporting(long total, ShardingProgress progress) {}

    private List<Outcome> build(
            Listed listed,
            SplitDraw draw,
            ShardPlan plan,
            ShardBuilder.Recipe recipe,
            ShardingTasks tasks,
            Reporting reporting) {
        Layout layout = listed.layout();
        List<ShardPlan.Slot> slots = plan.slots();
        LongAccumulator done = spark.sc().longAccumulator("images");
        TaskProgress listener = new TaskProgress(done, reporting.total(), "images", reporting.progress());
        spark.sc().addSparkListener(listener);
        describe("make " + slots.size() + " shards");
        try {
            JavaRDD<String> parts =
                    spark.parallelize(listed.parts(), listed.parts().size());
            return SparkFailures.unwrapped(() -> parts.flatMapToPair(part -> tasks.place(part, layout, draw, plan))
                    .repartitionAndSortWithinPartitions(new SlotPartitioner(slots.size()))
                    .mapPartitionsWithIndex(
                            (index, images) -> List.of(tasks.build(slots.get(index), recipe, images, done))
                                    .iterator(),
                            true)
                    .collect());
        } finally {
            spark.sc().removeSparkListener(listener);
            reporting.progress().update(reporting.total(), reporting.total(), "images");
        }
    }

    private static void add(String file, List<Location> quarantines) {
        if (!file.isEmpty()) {
            quarantines.add(new Location(file));
        }
    }

    private void describe(String what) {
        spark.setJobGroup("shard", "shard: " + what);
    }
}
