package dev.convoke.spark;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.evaluation.report.DatasetReport;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.DatasetChecks;
import dev.convoke.shard.ingest.DatasetCommit;
import dev.convoke.shard.ingest.DatasetCommit.Succession;
import dev.convoke.shard.ingest.DatasetFence;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.shard.ingest.FinishedShards;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.Rejections;
import dev.convoke.shard.ingest.ReportFiles;
import dev.convoke.shard.ingest.Revision;
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
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Turns images as people keep them into a dataset, as a Spark job: list, count, then make every shard in one task.
 * Equal input, options and seed give equal bytes, whatever the cluster. Memory on the driver and on executors does not
 * grow with the number of images. What is refused at once leaves nothing behind; what is refused because of the images
 * leaves a list of those, and like what fails its finished shards, which the next job uses or deletes.
 */
public final class SparkSharder {

    private static final long MEGABYTE = 1_000_000;

    /** Of larger sources a sample of about so many is summed up: its mean is right to two thousandths. */
    private static final long STATISTICS_IMAGES = 4_000;

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

    /** Makes a dataset where nobody is at work. */
    public ShardingResult shard(ShardingOptions options, ShardingProgress progress) {
        return shard(options, progress, RunOwnership.Takeover.FROM_THE_DEAD);
    }

    /**
     * Makes a dataset. Asked for what is there already, it changes nothing; after being killed, it goes on with the
     * shards that were finished.
     *
     * @param takeover from whom the place may be taken
     * @throws UnusableSourceException if the source cannot become a dataset, or the place is taken; nothing is changed
     *     then
     * @throws dev.convoke.checkpoint.RunOwnedException if another job is at work there, or has taken the place over
     */
    public ShardingResult shard(ShardingOptions options, ShardingProgress progress, RunOwnership.Takeover takeover) {
        FileStore store = access.stores().of(options.out());
        DatasetCommit commit = new DatasetCommit(store, options.out());
        commit.check(options.source());
        boolean wasThere = store.exists(options.out());
        Location workshop = commit.workshop();
        RunOwnership ownership = RunOwnership.acquire(store, workshop, takeover);
        boolean resumable = true; // also after an error of the machine, such as a full heap
        Job job = new Job(options, progress, commit, ownership::checkStillOwner);
        try {
            ShardingResult result = job.run();
            resumable = false;
            return result;
        } catch (UnusableSourceException refused) {
            resumable = job.refusedLate;
            throw refused;
        } catch (Exception failed) { // storage, a defect, and what Spark throws without declaring it: try again
            resumable = FinishedShards.mayBeIn(store, workshop, failed);
            throw failed;
        } finally {
            if (resumable) {
                ownership.release();
            } else if (ownership.isStillOwner()) {
                store.delete(workshop);
                if (!wasThere && store.list(options.out()).isEmpty()) {
                    store.delete(options.out());
                }
            }
        }
    }

    /** One request, from source to manifest. */
    private final class Job {

        private final ShardingOptions options;
        private final ShardingProgress progress;
        private final DatasetCommit commit;
        private final Runnable stillOwner;
        private Optional<ShardManifest> old = Optional.empty();
        private final Location temporary;
        private boolean refusedLate;

        Job(ShardingOptions options, ShardingProgress progress, DatasetCommit commit, Runnable stillOwner) {
            this.options = options;
            this.progress = progress;
            this.commit = commit;
            this.stillOwner = stillOwner;
            this.temporary = commit.workshop().child("job-" + UUID.randomUUID());
        }

        ShardingResult run() {
            new DatasetFence(access.stores().of(options.out()), options.out()).dropStaged();
            // Only now: until a moment ago somebody else may have been at work here.
            old = commit.check(options.source());
            ShardingTasks counting = new ShardingTasks(access, temporary.uri(), "");
            Listed listed = new SourceListing(spark, access, counting).list(options.source(), temporary, progress);
            boolean extending = old.isPresent() && options.onConflict() == OnConflict.ADD;
            List<String> own = listed.layout().classes();
            Layout layout = extending
                    ? listed.layout().withClasses(new Revision(old.orElseThrow()).classes(own))
                    : listed.layout();
            SplitDraw draw = new SplitDraw(options.seed(), options.validationFraction(), options.testFraction());
            // A class that the dataset has already need not be in every addition.
            List<String> mustHave = extending
                    ? own.stream()
                            .filter(name -> !old.orElseThrow().classes().contains(name))
                            .toList()
                    : own;
            DatasetChecks checks = new DatasetChecks(options.source().uri(), layout, mustHave);
            List<Counted> parts = count(listed, counting, layout, draw);
            SourceCounts counts = parts.stream()
                    .map(Counted::counts)
                    .reduce(new SourceCounts(layout.classes().size()), SourceCounts::plus);
            String request = options.request(counts.listing().hex() + content());
            Optional<ShardManifest> same =
                    old.filter(there -> there.history().requests().contains(request));
            if (same.isPresent() && options.onConflict() != OnConflict.REPLACE) {
                // A job that was killed between its manifest and its report left the dataset undescribed.
                DatasetReport.restore(access.stores(), options.out(), commit.workshop());
                return ShardingResult.unchanged(options.out(), same.get(), request);
            }
            refuseIfTaken();
            checks.checkFound(counts, draw);
            Location shelf = commit.workshop().child(FinishedShards.FOLDER + request.substring(0, 32));
            FinishedShards.dropOthers(access.stores().of(shelf), shelf, temporary);
            ShardingTasks tasks = new ShardingTasks(access, temporary.uri(), shelf.uri());
            Made made = make(tasks, listed, layout, draw, counts, parts);
            return finish(made, checks, layout, listed, request);
        }

        /** Of an addition the content is known: a new image may have the name and the length of one taken in before. */
        private String content() {
            FileStore store = access.stores().of(options.source());
            return Addition.isAt(store, options.source())
                    ? Addition.read(store, options.source()).content(access.stores())
                    : "";
        }

        private void refuseIfTaken() {
            if (old.isPresent() && options.onConflict() == OnConflict.FAIL) {
                throw new UnusableSourceException("There is a dataset at " + options.out()
                        + " already: choose another --out, replace it with --on-conflict replace, or add to it with"
                        + " --on-conflict add");
            }
        }

        private List<Counted> count(Listed listed, ShardingTasks tasks, Layout layout, SplitDraw draw) {
            describe("count images");
            return SparkFailures.unwrapped(() -> spark.parallelize(
                            listed.parts(), Math.max(1, listed.parts().size()))
                    .map(part -> tasks.count(part, layout, draw))
                    .collect());
        }

        private Made make(
                ShardingTasks tasks,
                Listed listed,
                Layout layout,
                SplitDraw draw,
                SourceCounts counts,
                List<Counted> parts) {
            ShardPlan plan = ShardPlan.of(counts, options.shardMegabytes() * MEGABYTE, options.seed());
            String prefix = "";
            if (old.isPresent()) {
                Revision revision = new Revision(old.get());
                boolean replaces = options.onConflict() == OnConflict.REPLACE;
                plan = plan.startingAt(replaces ? Revision.numbersBeside(old.get()) : revision.freeNumbers());
                prefix = replaces ? "" : revision.pathPrefix();
            }
            double share = Math.min(1, (double) STATISTICS_IMAGES / Math.max(1, counts.total()));
            ShardBuilder.Recipe recipe =
                    new ShardBuilder.Recipe(layout, options.resize(), options.rowGroupKilobytes() << 10, prefix, share);
            List<Outcome> outcomes = build(listed.parts(), draw, plan, recipe, tasks, counts.total());
            Rejections rejections =
                    outcomes.stream().map(Outcome::rejections).reduce(counts.rejections(), Rejections::plus);
            List<Location> quarantines = Stream.concat(
                            parts.stream().map(Counted::quarantine),
                            outcomes.stream().map(Outcome::quarantine))
                    .filter(file -> !file.isEmpty())
                    .map(Location::new)
                    .toList();
            return new Made(tasks, outcomes, rejections, quarantines);
        }

        private List<Outcome> build(
                List<String> parts,
                SplitDraw draw,
                ShardPlan plan,
                ShardBuilder.Recipe recipe,
                ShardingTasks tasks,
                long total) {
            Layout layout = recipe.layout();
            List<ShardPlan.Slot> slots = plan.slots();
            LongAccumulator done = spark.sc().longAccumulator("images");
            TaskProgress listener = new TaskProgress(done, total, "images", progress);
            spark.sc().addSparkListener(listener);
            describe("make " + slots.size() + " shards");
            try {
                JavaRDD<String> lists = spark.parallelize(parts, parts.size());
                return SparkFailures.unwrapped(() -> lists.flatMapToPair(part -> tasks.place(part, layout, draw, plan))
                        .repartitionAndSortWithinPartitions(new SlotPartitioner(slots.size()))
                        .mapPartitionsWithIndex(
                                (index, images) -> List.of(tasks.build(index, slots.get(index), recipe, images, done))
                                        .iterator(),
                                true)
                        .collect());
            } finally {
                spark.sc().removeSparkListener(listener);
                progress.update(total, total, "images");
            }
        }

        private ShardingResult finish(Made made, DatasetChecks checks, Layout layout, Listed listed, String request) {
            checkMade(made, checks);
            List<String> titles = listed.titles().isEmpty()
                    ? List.of()
                    : layout.classes().stream()
                            .map(name -> listed.titles().getOrDefault(name, ""))
                            .toList();
            ShardManifest added = checks.manifest(
                    made.outcomes(),
                    listed.kind(),
                    options.seed(),
                    made.rejections().total(),
                    new ShardManifest.History(1, "", List.of(request), titles));
            boolean extending = old.isPresent() && options.onConflict() == OnConflict.ADD;
            ShardManifest manifest = extending ? new Revision(old.orElseThrow()).with(added) : added;
            DuplicateSearch search = search(made, extending);
            Duplicates duplicates = search.run();
            if (duplicates.conflicts() > 0 && options.labelConflicts() == ShardingOptions.LabelConflicts.REFUSE) {
                Location all = temporary.child(ReportFiles.DUPLICATES);
                DatasetReport.list(access.stores().of(all), all, layout.classes(), search.conflicts());
                Location list = commit.keepRefused(ReportFiles.DUPLICATES, List.of(all), stillOwner);
                throw keepingShards(new UnusableSourceException(duplicates.conflicts() + " images of "
                        + options.source() + " stand under more than one label, such as "
                        + duplicates.examples().get(0).inWords(layout.classes())
                        + ": remove all but the right one, or keep them with --label-conflicts report; they are listed"
                        + " in " + list));
            }
            Succession succession =
                    old.isEmpty() ? Succession.NEW : extending ? Succession.EXTENDS : Succession.REPLACES;
            Findings findings = Findings.of(made.outcomes(), made.rejections(), duplicates);
            commit(
                    succession,
                    manifest,
                    findings,
                    () -> commit.commit(old, succession, manifest, made.outcomes(), made.quarantines(), stillOwner));
            return new ShardingResult(
                    options.out(), manifest, findings, false, manifest.history().revision());
        }

        private void checkMade(Made made, DatasetChecks checks) {
            try {
                checks.checkMade(made.outcomes(), made.rejections(), options.maxQuarantineRate());
            } catch (UnusableSourceException refused) {
                if (made.quarantines().isEmpty()) {
                    throw refused;
                }
                Location list = commit.keepRefused(Quarantine.FILE, made.quarantines(), stillOwner);
                throw keepingShards(new UnusableSourceException(
                        refused.getMessage() + "; every rejected file is listed in " + list, refused));
            }
        }

        /** Other options may let the same shards pass: they are the dear part. */
        private UnusableSourceException keepingShards(UnusableSourceException refused) {
            refusedLate = true;
            return refused;
        }

        /** Commits a manifest; whenever this is cut short, what was noticed is there for the next job to write down. */
        private void commit(Succession succession, ShardManifest manifest, Findings findings, Runnable committing) {
            FileStore store = access.stores().of(options.out());
            stillOwner.run();
            Findings all = findings;
            if (succession == Succession.EXTENDS) {
                ShardManifest before = old.orElseThrow();
                all = DatasetReport.known(store, options.out(), before, commit.workshop())
                        .with(findings);
                new ReportFiles(store, options.out()).keep(before.history().revision());
            }
            DatasetReport.note(store, commit.workshop(), manifest, all);
            committing.run();
            DatasetReport.write(access.stores(), options.out(), manifest, all);
            store.delete(commit.refused());
        }

        private DuplicateSearch search(Made made, boolean withOld) {
            describe("look for images that are there twice");
            DuplicateSearch search = new DuplicateSearch(spark, made.tasks());
            for (Outcome outcome : made.outcomes()) {
                search.add(outcome.shard(), new Location(outcome.file()));
            }
            if (withOld) {
                old.orElseThrow()
                        .shards()
                        .forEach(shard -> search.add(shard, options.out().child(shard.file())));
            }
            return search;
        }
    }

    /** What the tasks made. */
    private record Made(
            ShardingTasks tasks, List<Outcome> outcomes, Rejections rejections, List<Location> quarantines) {}

    private void describe(String what) {
        spark.setJobGroup("shard", "shard: " + what);
    }
}
