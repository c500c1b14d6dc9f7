package dev.convoke.checkpoint;

import static dev.convoke.checkpoint.CheckpointFixture.ownAndDie;
import static dev.convoke.checkpoint.CheckpointFixture.read;
import static dev.convoke.checkpoint.CheckpointFixture.save;
import static dev.convoke.checkpoint.CheckpointFixture.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.MemoryFileStore.Crash;
import dev.convoke.storage.MemoryFileStore.Fault;
import dev.convoke.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever storage operation of a save is the last one: the old state or the new one is there, whole. */
class CrashTest {

    private static final Location RUN = MemoryFileStore.root().child("run");
    /** The third save also deletes the first one. */
    private static final Retention RETENTION = new Retention(2, 0);

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"CRASH_BEFORE", "CRASH_DURING", "CRASH_AFTER"})
    void aCrashAtAnyOperationLeavesTheOldOrTheNewState(Fault fault) {
        MemoryFileStore prepared = prepare();
        int operations = operationsOfOneSave(prepared);
        List<Integer> survivors = new ArrayList<>();

        for (int k = 0; k < operations; k++) {
            MemoryFileStore store = prepared.copy();
            CheckpointStore dying = recovered(store);
            store.faultAt(k, fault);
            assertThatThrownBy(() -> save(store, dying, 3, 0))
                    .isInstanceOf(Crash.class)
                    .hasMessageContaining("died at");
            store.restart();

            CheckpointStore next = new CheckpointStore(store, RUN, ownAndDie(store, RUN), RETENTION);
            Checkpoint newest = next.recover().newest().orElseThrow();

            int round = newest.header().roundsDone();
            assertThat(round).as("crash at operation %s", k).isIn(2, 3);
            assertThat(read(store, newest)).isEqualTo(state(round, 0));
            survivors.add(round);
            for (int later = round + 1; later <= 6; later++) {
                save(store, next, later, 0);
            }
            assertThat(store.list(RUN.child("checkpoints")))
                    .as("after a crash at operation %s and three more saves", k)
                    .extracting(entry -> entry.location().name())
                    .containsExactly("round-000005", "round-000006");
        }

        assertThat(survivors).isSorted().contains(2, 3);
    }

    @Test
    void aFailureAtAnyOperationLosesNothingAndTheNextTrySucceeds() {
        MemoryFileStore prepared = prepare();
        int operations = operationsOfOneSave(prepared);

        for (int k = 0; k < operations; k++) {
            MemoryFileStore store = prepared.copy();
            CheckpointStore checkpoints = recovered(store);
            store.faultAt(k, Fault.FAIL);
            try {
                save(store, checkpoints, 3, 0);
            } catch (StorageException e) {
                assertThat(e).hasMessageContaining("planned failure");
                save(store, checkpoints, 3, 0);
            }

            Checkpoint newest = checkpoints.recover().newest().orElseThrow();

            assertThat(read(store, newest)).as("failure at %s", k).isEqualTo(state(3, 0));
        }
    }

    @Test
    void aCommitThatFailedMayBeRepeated() {
        MemoryFileStore prepared = prepare();
        MemoryFileStore counted = prepared.copy();
        CheckpointStore counting = recovered(counted);
        Location begun = counting.begin(3);
        List<SliceEntry> written = CheckpointFixture.write(counted, begun, state(3, 0));
        counted.faultAt(-1, Fault.FAIL);
        counting.commit(begun, CheckpointFixture.header(3), written);
        int operations = counted.journal().size();

        for (int k = 0; k < operations; k++) {
            MemoryFileStore store = prepared.copy();
            CheckpointStore checkpoints = recovered(store);
            Location temporary = checkpoints.begin(3);
            List<SliceEntry> slices = CheckpointFixture.write(store, temporary, state(3, 0));
            store.faultAt(k, Fault.FAIL);
            Checkpoint committed;
            try {
                committed = checkpoints.commit(temporary, CheckpointFixture.header(3), slices);
            } catch (StorageException e) {
                committed = checkpoints.commit(temporary, CheckpointFixture.header(3), slices);
            }

            assertThat(checkpoints.recover().newest()).as("failure at %s", k).contains(committed);
        }
    }

    @Test
    void aStorageThatStaysBrokenLeavesTheOldState() {
        MemoryFileStore prepared = prepare();
        int operations = operationsOfOneSave(prepared);

        for (int k = 0; k < operations; k++) {
            MemoryFileStore store = prepared.copy();
            CheckpointStore checkpoints = recovered(store);
            store.faultAt(k, Fault.FAIL_FROM_THEN_ON);
            boolean returned = false;
            try {
                save(store, checkpoints, 3, 0);
                returned = true;
            } catch (StorageException e) {
                assertThat(e).hasMessageContaining("planned failure");
            }
            store.restart();

            int round = recoveredRound(store);

            assertThat(round).as("failure from %s on", k).isIn(2, 3);
            assertThat(round == 3 || !returned).isTrue();
        }
    }

    /** Paused at any point of its save while another takes the run over, the old owner changes nothing any more. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPausedOldOwnerNeverCommits(boolean roundWasDamaged) {
        MemoryFileStore prepared = prepare();
        if (roundWasDamaged) {
            Checkpoint third = save(prepared, recovered(prepared), 3, 2);
            prepared.damage(third.folder().child("slice-0000.bin"), new byte[1]);
        }
        int operations = operationsOfOneSave(prepared);
        int refused = 0;

        for (int k = 0; k < operations; k++) {
            MemoryFileStore store = prepared.copy();
            CheckpointStore paused = recovered(store);
            List<Checkpoint> byTheNewOwner = new ArrayList<>();
            store.pauseAt(k, () -> {
                CheckpointStore next = new CheckpointStore(store, RUN, ownAndDie(store, RUN), RETENTION);
                int round = next.recover().newest().orElseThrow().header().roundsDone();
                byTheNewOwner.add(save(store, next, round + 1, 1));
            });
            try {
                save(store, paused, 3, 0);
            } catch (RunOwnedException | StorageException | DamagedCheckpointException e) {
                refused++;
            }

            Recovery recovery = new CheckpointReader(store, RUN).recover();

            assertThat(recovery.newest()).as("paused at %s", k).contains(byTheNewOwner.get(0));
            assertThat(read(store, byTheNewOwner.get(0)))
                    .isEqualTo(state(byTheNewOwner.get(0).header().roundsDone(), 1));
        }

        assertThat(refused).isGreaterThan(operations / 2);
    }

    private static MemoryFileStore prepare() {
        MemoryFileStore store = new MemoryFileStore();
        CheckpointStore checkpoints = recovered(store);
        save(store, checkpoints, 1, 0);
        save(store, checkpoints, 2, 0);
        return store;
    }

    private static CheckpointStore recovered(MemoryFileStore store) {
        CheckpointStore checkpoints = new CheckpointStore(store, RUN, ownAndDie(store, RUN), RETENTION);
        checkpoints.recover();
        return checkpoints;
    }

    private static int recoveredRound(MemoryFileStore store) {
        return new CheckpointReader(store, RUN)
                .recover()
                .newest()
                .orElseThrow()
                .header()
                .roundsDone();
    }

    private static int operationsOfOneSave(MemoryFileStore prepared) {
        MemoryFileStore store = prepared.copy();
        CheckpointStore checkpoints = recovered(store);
        store.faultAt(-1, Fault.FAIL);
        save(store, checkpoints, 3, 0);
        assertThat(store.journal()).hasSizeGreaterThan(13);
        return store.journal().size();
    }
}
