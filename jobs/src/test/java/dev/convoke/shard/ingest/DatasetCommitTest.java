package dev.convoke.shard.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.convoke.checkpoint.RunOwnedException;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.data.PixelStatistics;
import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.TestDataset;
import dev.convoke.shard.ingest.DatasetCommit.Succession;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.MemoryFileStore.Fault;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A job that was paused while another one took its place never damages what that one committed. */
class DatasetCommitTest {

    private static final Location DATA = MemoryFileStore.root().child("data");
    private static final Location SOURCE = MemoryFileStore.root().child("incoming");

    private final MemoryFileStore store = new MemoryFileStore();

    @BeforeEach
    void aDatasetAndWhatAKilledJobLeftBesideIt() {
        TestDataset.write(store, DATA);
        store.replace(DATA.child("train/part-00002.parquet"), "left over".getBytes(UTF_8));
    }

    @Test
    void anAdditionThatWasPausedAtAnyOperationLeavesWhatItsSuccessorAdded() {
        Consumer<MemoryFileStore> job = files -> add(files, "paused", Takeover.FROM_THE_DEAD);

        List<Paused> all = pausedAtEach(job);

        for (Paused one : all) {
            List<String> wanted = switch (one.end) {
                case "lost", "not begun" -> List.of("next");
                default -> List.of("next", "paused");
            };
            assertThat(additions(one.files))
                    .as("paused at operation %s, ended %s", one.operation, one.end)
                    .containsExactlyInAnyOrderElementsOf(wanted);
        }

        assertThat(all).extracting(Paused::end).contains("done", "lost");
    }

    @Test
    void aReplacementThatWasPausedAtAnyOperationLeavesWhatItsSuccessorAdded() {
        Consumer<MemoryFileStore> job = DatasetCommitTest::replace;

        List<Paused> all = pausedAtEach(job);

        for (Paused one : all) {
            // Begun after its successor had ended, it replaces what that one added, as it was asked to.
            assertThat(additions(one.files))
                    .as("paused at operation %s, ended %s", one.operation, one.end)
                    .containsAnyOf("next", "replacement");
            assertThat(one.end.equals("done") || additions(one.files).contains("next"))
                    .as("paused at operation %s, ended %s", one.operation, one.end)
                    .isTrue();
        }

        assertThat(all).extracting(Paused::end).contains("done", "lost");
    }

    @Test
    void aWayBackThatWasPausedAtAnyOperationLeavesWhatItsSuccessorAdded() {
        add(store, "first", Takeover.FROM_THE_DEAD);
        Consumer<MemoryFileStore> job = files ->
                owning(files, Takeover.FROM_THE_DEAD, owner -> new Revisions(files, DATA).rollBackTo(1, owner));

        List<Paused> all = pausedAtEach(job);

        for (Paused one : all) {
            if (one.end.equals("lost")) {
                assertThat(additions(one.files))
                        .as("paused at operation %s", one.operation)
                        .contains("next");
            } else {
                assertThat(additions(one.files))
                        .as("paused at operation %s", one.operation)
                        .doesNotHaveDuplicates();
            }
        }

        assertThat(all).extracting(Paused::end).contains("lost");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"CRASH_BEFORE", "CRASH_DURING", "CRASH_AFTER"})
    void aNewDatasetWhoseJobIsKilledAtAnyOperationIsWholeOrNotThereAndMadeTheSameByTheNextJob(Fault fault) {
        MemoryFileStore undisturbed = new MemoryFileStore();
        undisturbed.faultAt(-1, fault);
        makeNew(undisturbed, Takeover.FROM_THE_DEAD);
        int operations = undisturbed.journal().size();
        ShardManifest whole = ShardManifest.read(undisturbed, DATA);
        List<Boolean> there = new ArrayList<>();

        for (int k = 0; k < operations; k++) {
            MemoryFileStore files = new MemoryFileStore();
            files.faultAt(k, fault);
            Throwable end = catchThrowable(() -> makeNew(files, Takeover.FROM_THE_DEAD));
            // Moving a quarantine away that is not there ends by itself: nothing comes after it.
            assertThat(end == null ? "nothing there" : end.getMessage())
                    .matches(fault == Fault.CRASH_AFTER ? "died at .*|is dead|nothing there" : "died at .*|is dead");
            files.restart();

            there.add(files.exists(DATA.child(ShardManifest.FILE)));
            if (there.get(k)) {
                assertThat(ShardManifest.read(files, DATA)).isEqualTo(whole);
                assertThat(additions(files)).containsExactly("new");
            }
            makeNew(files, Takeover.FROM_ANYONE);
            assertThat(digests(files)).as("%s at operation %s", fault, k).isEqualTo(digests(undisturbed));
        }

        assertThat(there).contains(false, true);
        assertThat(digests(undisturbed))
                .containsOnlyKeys(
                        DATA + "/manifest.json",
                        DATA + "/quarantine.jsonl",
                        DATA + "/train/part-00000.parquet",
                        DATA + "/validation/part-00000.parquet");
    }

    private static Map<String, String> digests(MemoryFileStore files) {
        Map<String, String> digests = new TreeMap<>();
        files.files().forEach((name, content) -> digests.put(name, Sha256.of(content)));
        return digests;
    }

    @Test
    void aRevisionIsFoundByItsDigestAndNotInADatasetThatReplacedIt() {
        String first = ShardManifest.read(store, DATA).digest();
        add(store, "a", Takeover.FROM_THE_DEAD);
        String second = ShardManifest.read(store, DATA).digest();
        add(store, "b", Takeover.FROM_THE_DEAD);
        Revisions revisions = new Revisions(store, DATA);

        assertThat(revisions.find(2, second)).isPresent();
        assertThat(revisions.find(1, second)).isEmpty();
        assertThat(revisions.find(7, second)).isEmpty();
        assertThat(revisions.withDigest(first, 3).orElseThrow().history().revision())
                .isEqualTo(1);
        replace(store);
        add(store, "c", Takeover.FROM_THE_DEAD);
        assertThat(revisions.find(2, second)).isEmpty();
        assertThat(revisions.withDigest(second, 2)).isEmpty();
    }

    /**
     * A job that was paused while its successor added to the dataset.
     *
     * @param operation before which it was
     * @param end how it ended
     * @param files what both left
     */
    private record Paused(int operation, String end, MemoryFileStore files) {}

    private List<Paused> pausedAtEach(Consumer<MemoryFileStore> job) {
        List<Paused> all = new ArrayList<>();
        for (int k = 0; k < operations(job); k++) {
            MemoryFileStore files = store.copy();
            files.pauseAt(k, () -> add(files, "next", Takeover.FROM_ANYONE));
            all.add(new Paused(k, end(() -> job.accept(files)), files));
        }
        return all;
    }

    private int operations(Consumer<MemoryFileStore> job) {
        MemoryFileStore counted = store.copy();
        counted.faultAt(-1, Fault.FAIL);
        job.accept(counted);
        return counted.journal().size();
    }

    private static String end(Runnable job) {
        try {
            job.run();
            return "done";
        } catch (RunOwnedException lost) {
            return "lost";
        } catch (NotFoundException gone) {
            // The successor deleted the workshop while this one was about to become its owner.
            assertThat(gone).hasMessageContaining("/.sharding/_OWNERS/.tmp-");
            return "not begun";
        }
    }

    /** Everything that a job does beside making shards. */
    private static void owning(MemoryFileStore files, Takeover takeover, Consumer<Runnable> work) {
        Location workshop = new DatasetCommit(files, DATA).workshop();
        RunOwnership ownership = RunOwnership.acquire(files, workshop, takeover);
        new DatasetFence(files, DATA).dropStaged();
        work.accept(ownership::checkStillOwner);
        if (ownership.isStillOwner()) {
            files.delete(workshop);
        }
    }

    private static void add(MemoryFileStore files, String who, Takeover takeover) {
        owning(files, takeover, owner -> {
            DatasetCommit commit = new DatasetCommit(files, DATA);
            Optional<ShardManifest> old = commit.check(SOURCE);
            Revision revision = new Revision(old.orElseThrow());
            String name = String.format(
                    "train/part-%05d.parquet", revision.freeNumbers().get(Split.TRAIN));
            ShardEntry shard = made(files, who, name);
            ShardManifest manifest = revision.with(described(old.get(), who, shard));
            commit.commit(old, Succession.EXTENDS, manifest, List.of(outcome(shard, who)), List.of(), owner);
        });
    }

    private static void replace(MemoryFileStore files) {
        owning(files, Takeover.FROM_THE_DEAD, owner -> {
            DatasetCommit commit = new DatasetCommit(files, DATA);
            Optional<ShardManifest> old = commit.check(SOURCE);
            ShardEntry shard = made(files, "replacement", "train/part-1000000.parquet");
            ShardManifest manifest = described(old.orElseThrow(), "replacement", shard);
            commit.commit(old, Succession.REPLACES, manifest, List.of(outcome(shard, "replacement")), List.of(), owner);
        });
    }

    private static void makeNew(MemoryFileStore files, Takeover takeover) {
        owning(files, takeover, owner -> {
            DatasetCommit commit = new DatasetCommit(files, DATA);
            if (commit.check(SOURCE).isPresent()) {
                return; // the same request again
            }
            ShardEntry train = made(files, "one", "train/part-00000.parquet");
            ShardEntry validation = made(files, "two", "validation/part-00000.parquet");
            List<Location> quarantines = new ArrayList<>();
            for (String rejected : List.of("first", "second")) {
                quarantines.add(commit.workshop().child("job/" + rejected));
                files.replace(quarantines.get(quarantines.size() - 1), (rejected + "\n").getBytes(UTF_8));
            }
            ChannelStatistics statistics = new ChannelStatistics(List.of(0.5, 0.4, 0.3), List.of(0.2, 0.2, 0.25));
            ShardManifest manifest = new ShardManifest(
                    TestDataset.CLASSES,
                    List.of(
                            new ShardManifest.SplitSummary(Split.TRAIN, List.of(1L, 0L, 0L), 1, statistics),
                            new ShardManifest.SplitSummary(Split.VALIDATION, List.of(1L, 0L, 0L), 1, statistics)),
                    List.of(train, validation),
                    new ShardManifest.Source("folders", "ab".repeat(32), 7),
                    2,
                    new ShardManifest.History(1, "", List.of("new"), List.of()));
            List<ShardBuilder.Outcome> outcomes = List.of(outcome(train, "one"), outcome(validation, "two"));
            commit.commit(Optional.empty(), Succession.NEW, manifest, outcomes, quarantines, owner);
        });
    }

    private static ShardEntry made(MemoryFileStore files, String who, String name) {
        byte[] content = who.getBytes(UTF_8);
        files.replace(finished(who), content);
        ShardEntry.RowGroup group = new ShardEntry.RowGroup(1, 0, content.length, 0);
        Split split = Split.of(name.substring(0, name.indexOf('/')));
        return new ShardEntry(name, split, content.length, Sha256.of(content), 0, List.of(group));
    }

    private static ShardManifest described(ShardManifest old, String who, ShardEntry shard) {
        ShardManifest.SplitSummary summary = new ShardManifest.SplitSummary(
                Split.TRAIN,
                List.of(1L, 0L, 0L),
                1,
                old.split(Split.TRAIN).orElseThrow().statistics());
        return new ShardManifest(
                old.classes(),
                List.of(summary),
                List.of(shard),
                old.source(),
                0,
                new ShardManifest.History(1, "", List.of(who), List.of()));
    }

    private static Location finished(String who) {
        return DATA.child(".sharding").child("finished-" + who).child("shard.parquet");
    }

    private static ShardBuilder.Outcome outcome(ShardEntry shard, String who) {
        return new ShardBuilder.Outcome(
                shard,
                finished(who).uri(),
                "",
                List.of(1L, 0L, 0L),
                1,
                PixelStatistics.NONE,
                Fingerprint.NONE,
                Rejections.NONE,
                "",
                Tally.NONE,
                List.of());
    }

    /** Returns who added what there is, after reading every shard and every manifest that the dataset needs. */
    private static List<String> additions(MemoryFileStore files) {
        ShardManifest manifest = ShardManifest.read(files, DATA);
        for (ShardEntry shard : manifest.shards()) {
            assertThat(Sha256.of(files, DATA.child(shard.file())))
                    .as(shard.file())
                    .isEqualTo(shard.sha256());
        }
        for (int revision = 1; revision < manifest.history().revision(); revision++) {
            ShardManifest kept = new Revisions(files, DATA).manifest(revision);
            assertThat(kept.history().revision()).isEqualTo(revision);
            String quarantine = String.format("revisions/quarantine-%06d.jsonl", revision + 1);
            assertThat(files.exists(DATA.child(quarantine))).as(quarantine).isTrue();
        }
        return manifest.history().requests();
    }
}
