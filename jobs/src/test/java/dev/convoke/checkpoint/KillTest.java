package dev.convoke.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.checkpoint.SavingProcess.Child;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes, really killed. More of it: {@code -Dconvoke.chaos.kills=1000 -Dconvoke.chaos.pauses=50
 * -Dconvoke.chaos.seed=1}.
 */
class KillTest {

    private static final int KILLS = Integer.getInteger("convoke.chaos.kills", 6);
    private static final int PAUSES = Integer.getInteger("convoke.chaos.pauses", 2);
    private static final long SEED = Long.getLong("convoke.chaos.seed", 1);

    private final LocalFileStore store = new LocalFileStore();
    private final Random random = new Random(SEED);

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void killedAtRandomMomentsNothingCommittedIsLost() throws Exception {
        Location run = new Location("file:" + folder);
        int acknowledged = 0;
        int unacknowledged = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Child child = new Child(run, Takeover.FROM_THE_DEAD);
            child.awaitCommits(random.nextInt(3));
            pause(random.nextInt(30_000));
            child.signal("KILL");
            int exit = child.awaitEnd();

            assertThat(exit)
                    .as("kill %s of seed %s, said '%s'", kill, SEED, child.lastLine())
                    .isEqualTo(137);
            assertThat(child.recovered())
                    .as("kill %s of seed %s: recovered", kill, SEED)
                    .isBetween(acknowledged, acknowledged + 1);
            unacknowledged += child.recovered() - acknowledged;
            acknowledged = child.acknowledged();
        }

        Checkpoint newest = new CheckpointReader(store, run).recover().newest().orElseThrow();
        assertThat(SavingProcess.checkedRound(store, newest)).isBetween(acknowledged, acknowledged + 1);
        report(
                "kills",
                KILLS,
                "torn 0, committed and lost 0, rounds committed " + acknowledged + ", of them " + unacknowledged
                        + " before they could say so");
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void anOwnerThatWasPausedNeverCommitsAfterATakeover() throws Exception {
        for (int trial = 0; trial < PAUSES; trial++) {
            Location run = new Location("file:" + folder.resolve("run-" + trial));
            Child paused = new Child(run, Takeover.FROM_THE_DEAD);
            paused.awaitCommits(1 + random.nextInt(2));
            pause(random.nextInt(30_000));
            paused.signal("STOP");

            Child next = new Child(run, Takeover.FROM_ANYONE);
            next.awaitCommits(2);
            paused.signal("CONT");
            int exit = paused.awaitEnd();
            next.signal("KILL");
            next.awaitEnd();

            assertThat(exit).as("pause %s of seed %s", trial, SEED).isEqualTo(6);
            assertThat(paused.lastLine()).contains("refused: ").contains("(owner 2)");
            assertThat(paused.acknowledged())
                    .as("what it committed was there for the next owner")
                    .isLessThanOrEqualTo(next.recovered());
            Checkpoint newest =
                    new CheckpointReader(store, run).recover().newest().orElseThrow();
            assertThat(newest.fencingToken()).isEqualTo(2);
            assertThat(SavingProcess.checkedRound(store, newest)).isGreaterThanOrEqualTo(next.acknowledged());
        }
        report("pauses", PAUSES, "commits by a former owner 0");
    }

    private void pause(int micros) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
    }

    private static void report(String what, int count, String outcome) {
        System.out.printf(
                "%d %s, seed %d: %s; 95 %% bound on the rate of failures %.4f%n",
                count, what, SEED, outcome, Math.min(1, 3.0 / count));
    }
}
