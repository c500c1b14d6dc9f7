package dev.convoke.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.config.RetrainConfig;
import dev.convoke.evaluation.report.DatasetReport;
import dev.convoke.registry.AliasMove;
import dev.convoke.registry.ModelVersion;
import dev.convoke.registry.retraining.StepLog;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.Revisions;
import dev.convoke.spark.ModelScorer;
import dev.convoke.spark.NewImages;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.ShardingOptions.LabelConflicts;
import dev.convoke.spark.ShardingOptions.OnConflict;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** The steps of a night that look for new images, take them in, and look at them. */
final class NightData {

    static final String BEGIN = "1-begin";
    static final String FIND = "2-find";
    static final String INGEST = "3-ingest";
    static final String EXAMINE = "4-examine";

    private final Night night;

    NightData(Night night) {
        this.night = night;
    }

    /** Notes how everything was before. */
    JsonFields begin() {
        return night.steps().once(BEGIN, () -> {
            Optional<ShardManifest> manifest = night.manifest();
            Optional<AliasMove> champion =
                    night.registry().current(night.config().alias());
            ObjectNode root = JsonFields.object();
            root.put(
                    "revision",
                    manifest.map(there -> there.history().revision()).orElse(0));
            root.put("dataset_sha256", manifest.map(ShardManifest::digest).orElse(""));
            root.put("champion", champion.map(AliasMove::version).orElse(0));
            root.put("champion_move", champion.map(AliasMove::sequence).orElse(0));
            return root;
        });
    }

    /** Lists what was never taken in. */
    JsonFields find() {
        return night.steps().once(FIND, () -> {
            Addition addition = search(night.addition());
            ObjectNode root = JsonFields.object();
            root.put("found", addition.found());
            root.put("new", addition.fresh());
            addition.layout().classes().forEach(root.putArray("classes")::add);
            return root;
        });
    }

    /** Searches without changing anything but the folder the list goes to. */
    Addition search(Location folder) {
        ProgressLine line = night.console().progress("looking", "files");
        Addition addition = new NewImages(night.spark())
                .find(
                        night.source(),
                        new NewImages.Known(night.data(), night.manifest(), ledgers()),
                        folder,
                        (done, total, unit) -> line.update(done, total, ""));
        line.finish();
        return addition;
    }

    /** Returns the digests of everything that earlier nights took in or held back. */
    private List<Location> ledgers() {
        List<Location> files = new ArrayList<>();
        for (FileEntry entry : night.store().list(night.folder().parent())) {
            Location addition = entry.location().child("addition");
            if (isKnown(entry.location()) && Addition.isAt(night.store(), addition)) {
                Addition.read(night.store(), addition).digests().forEach(file -> files.add(new Location(file)));
            }
        }
        return files;
    }

    private boolean isKnown(Location other) {
        StepLog steps = new StepLog(night.store(), other, night.clock(), () -> {});
        boolean heldBack = steps.find(EXAMINE)
                .filter(examined -> examined.flag("held_back"))
                .isPresent();
        return steps.find(INGEST).isPresent() && !(heldBack && night.wishes().takesHeldBack());
    }

    /** Takes the new images in, as a revision of the dataset. */
    JsonFields ingest() {
        return night.steps().once(INGEST, () -> {
            Addition addition = Addition.read(night.store(), night.addition());
            int before = night.steps().find(BEGIN).orElseThrow().integer("revision");
            boolean isTaken = night.manifest()
                    .filter(now -> now.history().revision() > before)
                    .isPresent();
            if (!isTaken && (addition.fresh() > 0 || before == 0)) {
                night.ownership().checkStillOwner();
                ShardCommand.shard(night.spark(), options(before > 0), night.console());
            }
            ShardManifest now = night.manifest().orElseThrow();
            ObjectNode root = JsonFields.object();
            root.put("revision", now.history().revision());
            root.put("dataset_sha256", now.digest());
            List<ShardEntry> added = addedSince(before, now);
            for (Split split : Split.values()) {
                root.put(
                        split.folder(),
                        added.stream()
                                .filter(shard -> shard.split() == split)
                                .mapToLong(ShardEntry::rows)
                                .sum());
            }
            root.put(
                    "rejected",
                    now.quarantined() - (before == 0 ? 0 : revision(before).quarantined()));
            return root;
        });
    }

    private ShardingOptions options(boolean isAddition) {
        RetrainConfig.Sharding sharding = night.config().sharding();
        RetrainConfig.Additions additions = night.config().additions();
        return ShardingOptions.of(night.addition(), night.data())
                .withFractions(
                        isAddition ? additions.validationFraction() : sharding.validationFraction(),
                        isAddition ? additions.testFraction() : sharding.testFraction())
                .withResize(sharding.resize())
                .withSizes(sharding.shardMegabytes(), sharding.rowGroupKilobytes())
                .withSeed(sharding.seed())
                .withMaxQuarantineRate(sharding.maxQuarantineRate())
                .withLabelConflicts(sharding.refusesLabelConflicts() ? LabelConflicts.REFUSE : LabelConflicts.REPORT)
                .withOnConflict(OnConflict.ADD);
    }

    /**
     * Asks the champion about the new images. It has not seen them: if it gets far less of them right than of what is
     * held out, their labels are wrong more likely than the champion is, and the dataset goes back to what it was.
     */
    JsonFields examine() {
        return night.steps().once(EXAMINE, () -> {
            JsonFields begin = night.steps().find(BEGIN).orElseThrow();
            int before = begin.integer("revision");
            int after = night.steps().find(INGEST).orElseThrow().integer("revision");
            ObjectNode root = JsonFields.object();
            boolean asks = !night.wishes().takesHeldBack()
                    && before > 0
                    && after > before
                    && begin.integer("champion") > 0
                    && night.config().additions().largestDrop() < 1;
            if (!asks) {
                return root.put("held_back", false).put("why", "nothing to compare");
            }
            ShardManifest now = night.manifest().orElseThrow();
            if (now.history().revision() == before) {
                restoreReport();
                return root.put("held_back", true).put("why", "held back before this process was started again");
            }
            ModelVersion champion = night.registry().version(begin.integer("champion"));
            Share fresh = share(champion, now, addedSince(before, now));
            Share heldOut =
                    share(champion, now, revision(before).shards(night.config().heldOut()));
            root.put("champion_on_new", fresh.top1());
            root.put("champion_on_held_out", heldOut.top1());
            root.put("examples", fresh.examples());
            double drop = heldOut.top1() - fresh.top1();
            boolean enough = fresh.examples() >= night.config().additions().smallestExamples();
            boolean heldBack = enough && drop > night.config().additions().largestDrop();
            if (heldBack) {
                night.ownership().checkStillOwner();
                DatasetOwnership.with(
                        night.dataStore(),
                        night.data(),
                        check -> new Revisions(night.dataStore(), night.data()).rollBackTo(before, check));
                restoreReport();
            }
            root.put("held_back", heldBack);
            return root.put(
                    "why",
                    String.format(
                            Locale.ROOT,
                            "the champion gets %.4f of %d new images right, %.4f of what is held out; a drop of %.4f is"
                                    + " allowed",
                            fresh.top1(),
                            fresh.examples(),
                            heldOut.top1(),
                            night.config().additions().largestDrop()));
        });
    }

    private void restoreReport() {
        DatasetReport.restore(night.stores(), night.data(), night.data());
    }

    private record Share(long examples, double top1) {}

    /** Examples of classes the champion has never heard of say nothing about the labels. */
    private Share share(ModelVersion champion, ShardManifest manifest, List<ShardEntry> shards) {
        ModelScorer.Scores scores = new ModelScorer(night.spark())
                .score(List.of(champion.model()), night.recipe().compute().engine(), night.data(), manifest, shards);
        Set<String> known = Set.copyOf(champion.origin().data().classes());
        int[] places = IntStream.range(0, scores.labels().length)
                .filter(i -> known.contains(manifest.classes().get(scores.labels()[i])))
                .toArray();
        long right = IntStream.of(places)
                .filter(i -> scores.answers().get(0)[i] == scores.labels()[i])
                .count();
        return new Share(places.length, places.length == 0 ? 0 : (double) right / places.length);
    }

    List<ShardEntry> addedSince(int revision, ShardManifest now) {
        return revision == 0 ? now.shards() : Revisions.added(revision(revision), now);
    }

    private ShardManifest revision(int number) {
        return new Revisions(night.dataStore(), night.data()).manifest(number);
    }
}
