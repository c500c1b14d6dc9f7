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
import dev.convoke.shard.UnusableSourceException;
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
import dev.convoke.storage.NotFoundException;
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
            root.put(
                    "dataset_sha256",
                    night.manifest().map(ShardManifest::digest).orElse(""));
            root.put("found", addition.found());
            root.put("new", addition.fresh());
            addition.layout().classes().forEach(root.putArray("classes")::add);
            return root;
        });
    }

    /** Searches without changing anything but the folder the list goes to. */
    Addition search(Location folder) {
        if (night.config().sharding().resize() > 0) {
            ResizedImages known =
                    new ResizedImages(night.store(), night.folder().parent());
            night.manifest().ifPresent(there -> known.requireKnown(night.data(), there));
        }
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
        StepLog steps = new StepLog(night.store(), other, night.clock(), () -> {}, () -> {});
        boolean heldBack = steps.find(EXAMINE)
                .filter(examined -> examined.flag("held_back"))
                .isPresent();
        return steps.find(INGEST).isPresent() && !(heldBack && night.wishes().takesHeldBack());
    }

    /** Takes the new images in, as a revision of the dataset; without any, and without a dataset, there is none: 0. */
    JsonFields ingest() {
        return night.steps().once(INGEST, () -> {
            Taken taken = take();
            ObjectNode root = JsonFields.object();
            root.put("revision", taken.after());
            root.put("revision_before", taken.before());
            Optional<ShardManifest> after =
                    taken.after() == 0 ? Optional.empty() : Optional.of(revision(taken.after()));
            root.put("dataset_sha256", after.map(ShardManifest::digest).orElse(""));
            List<ShardEntry> added =
                    after.map(now -> addedSince(taken.before(), now)).orElse(List.of());
            for (Split split : Split.values()) {
                root.put(
                        split.folder(),
                        added.stream()
                                .filter(shard -> shard.split() == split)
                                .mapToLong(ShardEntry::rows)
                                .sum());
            }
            long rejected = after.map(ShardManifest::quarantined).orElse(0L);
            return root.put(
                    "rejected",
                    rejected
                            - (taken.before() == 0
                                    ? 0
                                    : revision(taken.before()).quarantined()));
        });
    }

    /**
     * What became of the new images.
     *
     * @param before the revision they were added to; 0 if they made the dataset
     * @param after the revision they are in; the same if there were none
     */
    private record Taken(int before, int after) {}

    private Taken take() {
        if (isOvertaken()) {
            Optional<Taken> before = takenBefore();
            if (before.isPresent()) {
                return before.get();
            }
            // Somebody else has added to the dataset since these were listed, perhaps the same images.
            forgetWhatWasFound();
            find();
        }
        if (Addition.read(night.store(), night.addition()).fresh() == 0) {
            int now = night.manifest().map(there -> there.history().revision()).orElse(0);
            return new Taken(now, now);
        }
        night.ownership().checkStillOwner();
        int revision = ShardCommand.shard(night.spark(), options(), night.datasetTakeover(), night.console())
                .revision();
        return new Taken(revision - 1, revision);
    }

    /** Returns whether the dataset is another than the one for which the new images were listed. */
    boolean isOvertaken() {
        return !listedFor().equals(night.manifest().map(ShardManifest::digest).orElse(""));
    }

    private String listedFor() {
        JsonFields found = night.steps().find(FIND).orElseThrow();
        return found.has("dataset_sha256")
                ? found.text("dataset_sha256")
                : night.steps().find(BEGIN).orElseThrow().text("dataset_sha256");
    }

    /** Lets the new images be listed again. */
    void forgetWhatWasFound() {
        night.steps().forget(FIND);
        night.store().delete(night.addition());
    }

    /** Returns what a process that died before it could record it took in, if one did: that request is not refused. */
    private Optional<Taken> takenBefore() {
        if (night.manifest().isEmpty()) {
            return Optional.empty();
        }
        try {
            ShardingOptions asBefore = options().withOnConflict(OnConflict.FAIL);
            int revision = ShardCommand.shard(night.spark(), asBefore, night.datasetTakeover(), night.console())
                    .revision();
            return Optional.of(new Taken(revision - 1, revision));
        } catch (UnusableSourceException notTaken) {
            return Optional.empty();
        }
    }

    private ShardingOptions options() {
        RetrainConfig.Sharding sharding = night.config().sharding();
        RetrainConfig.Additions additions = night.config().additions();
        boolean isAddition = !listedFor().isEmpty();
        return ShardingOptions.of(night.addition(), night.data())
                .withFractions(
                        isAddition ? additions.validationFraction() : sharding.validationFraction(),
                        isAddition ? additions.testFraction() : sharding.testFraction())
                .withResize(sharding.resize())
                .withSizes(sharding.shardMegabytes(), sharding.rowGroupKilobytes())
                .withSeed(sharding.seed())
                .withMaxQuarantineRate(isAddition ? toleratedRate() : sharding.maxQuarantineRate())
                .withLabelConflicts(sharding.refusesLabelConflicts() ? LabelConflicts.REFUSE : LabelConflicts.REPORT)
                .withOnConflict(OnConflict.ADD);
    }

    /** A few broken files are no reason to refuse a night's images; of few images they are a large share. */
    private double toleratedRate() {
        long fresh = Addition.read(night.store(), night.addition()).fresh();
        double few = (night.config().additions().brokenFiles() + 0.5) / Math.max(1, fresh);
        return Math.max(night.config().sharding().maxQuarantineRate(), Math.min(1, few));
    }

    /**
     * Asks the champion about the new images. It has not seen them: if it gets far less of them right than of what is
     * held out, their labels are wrong more likely than the champion is, and the dataset goes back to what it was.
     */
    JsonFields examine() {
        return night.steps().once(EXAMINE, () -> {
            JsonFields begin = night.steps().find(BEGIN).orElseThrow();
            JsonFields taken = night.steps().find(INGEST).orElseThrow();
            int before = taken.has("revision_before") ? taken.integer("revision_before") : begin.integer("revision");
            int after = taken.integer("revision");
            boolean asks = !night.wishes().takesHeldBack()
                    && before > 0
                    && after > before
                    && begin.integer("champion") > 0
                    && night.config().additions().largestDrop() < 1;
            if (!asks) {
                return JsonFields.object().put("held_back", false).put("why", "nothing to compare");
            }
            Optional<ShardManifest> with = ifThere(after, taken.text("dataset_sha256"));
            if (with.isEmpty()) {
                restoreReport();
                return JsonFields.object()
                        .put("held_back", true)
                        .put(
                                "why",
                                "they are not in the dataset any more: held back before this process was started"
                                        + " again, or somebody replaced it");
            }
            if (addedSince(before, with.get()).isEmpty()) {
                return JsonFields.object().put("held_back", false).put("why", "none of the new images can be used");
            }
            ModelVersion champion = night.registry().version(begin.integer("champion"));
            return examined(champion, new Taken(before, after), with.get());
        });
    }

    private ObjectNode examined(ModelVersion champion, Taken taken, ShardManifest with) {
        Share fresh = share(champion, with, addedSince(taken.before(), with));
        Share heldOut = share(
                champion, with, revision(taken.before()).shards(night.config().heldOut()));
        RetrainConfig.Additions limits = night.config().additions();
        boolean enough = fresh.examples() >= limits.smallestExamples();
        boolean heldBack = enough && heldOut.top1() - fresh.top1() > limits.largestDrop();
        String why = String.format(
                Locale.ROOT,
                "the champion gets %.4f of %d new images right, %.4f of what is held out; a drop of %.4f is allowed",
                fresh.top1(),
                fresh.examples(),
                heldOut.top1(),
                limits.largestDrop());
        if (heldBack) {
            night.ownership().checkStillOwner();
            DatasetOwnership.with(
                    night.dataStore(), night.data(), night.datasetTakeover(), check -> holdBack(taken, why, check));
            restoreReport();
        }
        ObjectNode root = JsonFields.object();
        root.put("champion_on_new", fresh.top1());
        root.put("champion_on_held_out", heldOut.top1());
        root.put("examples", fresh.examples());
        return root.put("held_back", heldBack).put("why", why);
    }

    private void holdBack(Taken taken, String why, Runnable check) {
        int now = night.manifest().orElseThrow().history().revision();
        if (now != taken.after()) {
            throw new UnusableSourceException("The labels of revision " + taken.after() + " of " + night.data()
                    + " look wrong (" + why + "), and it cannot be held back because somebody has added revision " + now
                    + " to it: look at the images, and start again with --take-held-back to keep them as they are");
        }
        new Revisions(night.dataStore(), night.data()).rollBackTo(taken.before(), check);
    }

    /** Returns a revision if the dataset still is it, or has grown from it. */
    private Optional<ShardManifest> ifThere(int number, String digest) {
        if (night.manifest().orElseThrow().history().revision() < number) {
            return Optional.empty();
        }
        try {
            return Optional.of(revision(number)).filter(there -> there.digest().equals(digest));
        } catch (NotFoundException replaced) {
            return Optional.empty();
        }
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
