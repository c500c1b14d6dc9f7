package dev.convoke.checkpoint;

import static dev.convoke.checkpoint.CheckpointFixture.header;
import static dev.convoke.checkpoint.CheckpointFixture.ownAndDie;
import static dev.convoke.checkpoint.CheckpointFixture.read;
import static dev.convoke.checkpoint.CheckpointFixture.save;
import static dev.convoke.checkpoint.CheckpointFixture.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckpointStoreTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final RunOwnership ownership = ownAndDie(store, run);
    private final CheckpointStore checkpoints = new CheckpointStore(store, run, ownership, Retention.DEFAULT);

    @Test
    void whatWasSavedIsRecovered() {
        Checkpoint saved = save(store, checkpoints, 12, 0);

        Recovery recovery = new CheckpointReader(store, run).recover();

        assertThat(recovery.newest()).contains(saved);
        assertThat(recovery.rejected()).isEmpty();
        assertThat(saved.folder()).isEqualTo(run.child("checkpoints/round-000012"));
        assertThat(saved.header()).isEqualTo(header(12));
        assertThat(saved.fencingToken()).isEqualTo(ownership.token());
        assertThat(read(store, saved)).isEqualTo(state(12, 0));
    }

    @Test
    void anEmptyRunHasNothingToContinueFrom() {
        Recovery recovery = checkpoints.recover();

        assertThat(recovery.newest()).isEmpty();
        assertThat(recovery.everythingIsLost()).isFalse();
    }

    @Test
    void aSaveThatIsNotCommittedIsNotThere() {
        save(store, checkpoints, 1, 0);
        Location temporary = checkpoints.begin(2);
        CheckpointFixture.write(store, temporary, state(2, 0));

        assertThat(newestRound()).isEqualTo(1);

        checkpoints.abandon(temporary);
        assertThat(names()).containsExactly("round-000001");
    }

    @Test
    void theNewestFewStayAndEveryFewthAndTheChosen() {
        CheckpointStore sparing = new CheckpointStore(store, run, ownership, new Retention(2, 4));
        sparing.keep(Set.of(3));

        for (int round = 1; round <= 9; round++) {
            save(store, sparing, round, 0);
        }

        assertThat(names()).containsExactly("round-000003", "round-000004", "round-000008", "round-000009");
    }

    @Test
    void whatDoesNotStayIsOutOfTheWayAtOnceAndDeletedBesideOtherWork() {
        List<Location> doomed = new ArrayList<>();
        CheckpointStore patient = new CheckpointStore(store, run, ownership, new Retention(2, 0), doomed::add);

        for (int round = 1; round <= 4; round++) {
            save(store, patient, round, 0);
        }

        assertThat(new CheckpointReader(store, run).rounds()).containsExactly(4, 3);
        assertThat(doomed).hasSize(2).allMatch(store::exists);
        try (BackgroundDeletion deletion = new BackgroundDeletion(store)) {
            doomed.forEach(deletion::delete);
        }
        assertThat(names()).containsExactly("round-000003", "round-000004");
    }

    @Test
    void whatWasNotDeletedInTimeGoesWhenTheRunGoesOn() {
        CheckpointStore killed = new CheckpointStore(store, run, ownership, new Retention(2, 0), doomed -> {});
        for (int round = 1; round <= 4; round++) {
            save(store, killed, round, 0);
        }

        checkpoints.recover();

        assertThat(names()).containsExactly("round-000003", "round-000004");
    }

    @Test
    void aFolderThatCannotBeDeletedStaysAndStopsNothing() {
        Location first = run.child("first");
        Location second = run.child("second");
        store.makeFolder(first);
        store.makeFolder(second);
        store.faultAt(0, MemoryFileStore.Fault.FAIL);

        try (BackgroundDeletion deletion = new BackgroundDeletion(store)) {
            deletion.delete(first);
            deletion.delete(second);
        }

        assertThat(store.exists(first)).isTrue();
        assertThat(store.exists(second)).isFalse();
    }

    @Test
    void twoThatVerifyStayEvenIfTheNewestAreDamaged() {
        save(store, checkpoints, 1, 0);
        damage(save(store, checkpoints, 2, 0));
        damage(save(store, checkpoints, 3, 0));
        CheckpointStore restarted = new CheckpointStore(store, run, ownership, new Retention(2, 0));

        save(store, restarted, 4, 0);

        assertThat(names()).containsExactly("round-000001", "round-000002", "round-000003", "round-000004");
        save(store, restarted, 5, 0);
        assertThat(names()).containsExactly("round-000004", "round-000005");
    }

    @Test
    void aDamagedRoundIsSavedAgainAndTheOldOneGoesWhenTwoLaterOnesStay() {
        save(store, checkpoints, 1, 0);
        damage(save(store, checkpoints, 2, 0));
        assertThat(checkpoints.recover().rejected()).hasSize(1);

        Checkpoint again = save(store, checkpoints, 2, 1);

        assertThat(read(store, again)).isEqualTo(state(2, 1));
        assertThat(names()).anyMatch(name -> name.startsWith("aside-round-000002-"));
        save(store, checkpoints, 3, 0);
        save(store, checkpoints, 4, 0);
        assertThat(names()).noneMatch(name -> name.startsWith("aside-"));
    }

    @Test
    void rollingBackMakesAnOlderRoundTheNewest() {
        for (int round = 1; round <= 3; round++) {
            save(store, checkpoints, round, 0);
        }

        assertThat(checkpoints.rollBackTo(1).map(back -> back.header().roundsDone()))
                .contains(1);

        assertThat(newestRound()).isEqualTo(1);
        save(store, checkpoints, 2, 1);
        assertThat(newestRound()).isEqualTo(2);
    }

    @Test
    void rollingBackTakesTheNewestThatIsOldEnoughAndVerifiesOrElseTheOldest() {
        CheckpointStore sparing = new CheckpointStore(store, run, ownership, new Retention(5, 0));
        save(store, sparing, 4, 0);
        damage(save(store, sparing, 6, 0));
        save(store, sparing, 8, 0);

        assertThat(sparing.rollBackTo(7).map(back -> back.header().roundsDone()))
                .contains(4);
        assertThat(sparing.rollBackTo(2).map(back -> back.header().roundsDone()))
                .contains(4);
        assertThat(names()).contains("round-000004").doesNotContain("round-000006", "round-000008");
        store.delete(run.child("checkpoints/round-000004"));
        assertThat(sparing.rollBackTo(2)).isEmpty();
    }

    @Test
    void attemptsThatWereGivenUpAreNotPartOfTheCheckpoint() {
        Location temporary = checkpoints.begin(1);
        List<SliceEntry> slices = CheckpointFixture.write(store, temporary, state(1, 0));
        store.replace(temporary.child(".slice-0001.bin.1.tmp"), new byte[7]);

        Checkpoint saved = checkpoints.commit(temporary, header(1), slices);

        assertThat(store.list(saved.folder()))
                .extracting(entry -> entry.location().name())
                .containsExactly("_COMMITTED", "manifest.json", "slice-0000.bin", "slice-0001.bin");
    }

    @Test
    void aSliceThatIsNotThereIsNotCommitted() {
        Location temporary = checkpoints.begin(1);
        List<SliceEntry> slices = CheckpointFixture.write(store, temporary, state(1, 0));
        store.delete(temporary.child("slice-0001.bin"));

        assertThatThrownBy(() -> checkpoints.commit(temporary, header(1), slices))
                .isInstanceOf(DamagedCheckpointException.class)
                .hasMessageContaining("slice-0001.bin is missing");
        assertThatThrownBy(() -> checkpoints.commit(temporary, header(1), slices.subList(1, 2)))
                .hasMessageContaining("does not continue the slices before it");
        assertThat(newestOrEmpty().newest()).isEmpty();
    }

    @Test
    void leftoversOfFormerOwnersGoAndStrangersStay() {
        checkpoints.begin(1);
        store.makeFolder(run.child("checkpoints/my-notes"));
        store.makeFolder(run.child("checkpoints/.tmp-99-of-a-later-owner"));
        RunOwnership next = ownAndDie(store, run);

        new CheckpointStore(store, run, next, Retention.DEFAULT).recover();

        assertThat(names()).containsExactly(".tmp-99-of-a-later-owner", "my-notes");
    }

    @Test
    void theRetentionNeverKeepsFewerThanTwo() {
        assertThatThrownBy(() -> new Retention(1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least the newest 2");
    }

    private void damage(Checkpoint checkpoint) {
        Location slice = checkpoint.folder().child("slice-0001.bin");
        byte[] bytes = store.read(slice, 1 << 20);
        bytes[17] ^= 4;
        store.damage(slice, bytes);
    }

    private Recovery newestOrEmpty() {
        return new CheckpointReader(store, run).recover();
    }

    private int newestRound() {
        return newestOrEmpty().newest().orElseThrow().header().roundsDone();
    }

    private List<String> names() {
        return store.list(run.child("checkpoints")).stream()
                .map(entry -> entry.location().name())
                .toList();
    }
}
