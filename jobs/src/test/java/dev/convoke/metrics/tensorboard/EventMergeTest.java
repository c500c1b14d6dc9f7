package dev.convoke.metrics.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.MemoryFileStore.Crash;
import dev.convoke.storage.MemoryFileStore.Fault;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventMergeTest {

    private static final String SPLIT = "train";

    private MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final Location folder = run.child("events/" + SPLIT);
    private final TreeMap<Long, Float> expected = new TreeMap<>();
    private EventLog log = new EventLog(store, run);
    private float next;

    @Test
    void someThousandRoundsAreFewFilesThatShowEveryRound() {
        for (int step = 1; step <= 5000; step++) {
            write(step);
        }

        assertThat(names()).hasSize(5000 / 1024 + 5000 % 1024 / 32 + 5000 % 32);
        assertThat(shownToANewcomer()).isEqualTo(expected);
    }

    @Test
    void aRunThatHasEndedIsOneFileASplit() {
        for (int step = 1; step <= 100; step++) {
            write(step);
        }
        log.write("validation", new Events(Instant.EPOCH, 50).scalar("figure", 1));

        log.finish();
        log.finish();

        assertThat(names()).hasSize(1);
        assertThat(store.list(run.child("events/validation"))).hasSize(1);
        assertThat(shownToANewcomer()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aTensorBoardThatIsOpenShowsTheRunWheneverItLooksAndWhateverIsDoneAgain(long seed) {
        Random random = new Random(seed);
        OpenTensorBoard open = new OpenTensorBoard(store, folder, "figure");
        for (int i = 0; i < 1500; i++) {
            int what = random.nextInt(100);
            if (what == 0) {
                goBackTo(random.nextInt(expected.size() + 1));
                // What was done again is shown from the first step that follows.
                write(expected.size() + 1);
                open.reload();
            } else if (what == 1) {
                log = new EventLog(store, run);
            } else if (what == 2) {
                log.finish();
            } else if (what < 20) {
                assertThat(open.reload()).as("seed %d, event %d", seed, i).isEqualTo(expected);
            } else {
                write(expected.size() + 1);
            }
        }

        assertThat(open.reload()).isEqualTo(expected);
        assertThat(shownToANewcomer()).isEqualTo(expected);
    }

    /** A process dies at each operation in turn; the next one goes on from the checkpoint of step 20. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"CRASH_BEFORE", "CRASH_DURING", "CRASH_AFTER"})
    void whereverAProcessDiesNothingBeforeTheCheckpointIsLostAndNothingBehindItStays(Fault fault) {
        writeUntil(31);
        MemoryFileStore begun = store;
        int operation = 0;
        boolean died = true;
        while (died) {
            store = begun.copy();
            writtenUntil(31);
            log = new EventLog(store, run);
            OpenTensorBoard open = new OpenTensorBoard(store, folder, "figure");
            open.reload();
            store.faultAt(operation, fault);
            died = diesIn(() -> {
                writeUntil(40);
                goBackTo(25);
                writeUntil(45);
                log.finish();
            });
            store.restart();
            open.reload();

            log = new EventLog(store, run);
            goBackTo(20);
            writeUntil(55);

            assertThat(open.reload()).as("operation %d", operation).isEqualTo(expected);
            assertThat(shownToANewcomer()).as("operation %d", operation).isEqualTo(expected);
            operation++;
        }
        assertThat(operation).isGreaterThan(60);
    }

    @Test
    void afterADeathInTheMiddleOfMergingTheFilesBecomeFewAgain() {
        writeUntil(31);
        store.faultAt(1 + 1 + 3, Fault.CRASH_BEFORE);
        assertThat(diesIn(() -> write(32))).isTrue();
        store.restart();
        assertThat(names()).hasSize(32 - 3 + 1);

        log = new EventLog(store, run);
        log.deleteAfter(32);

        assertThat(names()).hasSize(1);
        assertThat(shownToANewcomer()).isEqualTo(expected);
    }

    @Test
    void goingBackIntoTheMiddleOfAMergedFileKeepsItsFirstSteps() {
        writeUntil(64);

        goBackTo(40);

        assertThat(names()).hasSize(2);
        assertThat(shownToANewcomer()).isEqualTo(expected).hasSize(40);
    }

    @Test
    void filesNamedAsBeforeTheFirstReleaseAreMergedAndTakenBack() {
        for (int step = 1; step <= 40; step++) {
            Events events = events(step);
            store.replace(folder.child(String.format("events.out.tfevents.%010d", step)), events.toFile());
        }

        goBackTo(35);
        write(36);

        assertThat(names()).hasSize(1);
        assertThat(shownToANewcomer()).isEqualTo(expected).hasSize(36);
    }

    @Test
    void ofADamagedFileTheStepsBeforeTheDamageAreKept() {
        writeUntil(32);
        Location merged = folder.child(names().get(0));
        byte[] bytes = store.read(merged, 1 << 20);
        store.damage(merged, Arrays.copyOf(bytes, bytes.length - 3));
        expected.remove(32L);
        write(33);

        log.finish();

        assertThat(names()).hasSize(1);
        assertThat(shownToANewcomer()).isEqualTo(expected).hasSize(32);
    }

    /** What is there after the first attempt at so many steps. */
    private void writtenUntil(int last) {
        expected.clear();
        for (int step = 1; step <= last; step++) {
            expected.put((long) step, (float) step);
        }
    }

    private void writeUntil(int last) {
        while (expected.size() < last) {
            write(expected.size() + 1);
        }
    }

    private void write(int step) {
        log.write(SPLIT, events(step));
    }

    /** Every value is another one, so that a step done again can be told from the first attempt. */
    private Events events(int step) {
        next++;
        expected.put((long) step, next);
        return new Events(Instant.EPOCH, step).scalar("figure", next);
    }

    private void goBackTo(int step) {
        expected.tailMap((long) step, false).clear();
        log.deleteAfter(step);
    }

    private List<String> names() {
        return store.list(folder).stream()
                .map(FileEntry::location)
                .map(Location::name)
                .toList();
    }

    private Map<Long, Float> shownToANewcomer() {
        return new OpenTensorBoard(store, folder, "figure").reload();
    }

    private static boolean diesIn(Runnable work) {
        try {
            work.run();
            return false;
        } catch (Crash expectedHere) {
            return true;
        }
    }
}
