package dev.convoke.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.HadoopFileStore;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.MiniHdfs;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunOwnershipTest {

    private static final Clock NOON = Clock.fixed(Instant.parse("2026-11-22T12:00:00Z"), ZoneOffset.UTC);
    private static final ProcessIdentity HERE = ProcessIdentity.current();

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");

    @Test
    void aSecondStartNamesTheFirst() {
        acquire(HERE, Takeover.FROM_THE_DEAD);

        assertThatThrownBy(() -> acquire(HERE, Takeover.FROM_THE_DEAD))
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("memory:/run is in use by process " + HERE.pid() + " on " + HERE.host()
                        + " since 2026-11-22T12:00:00Z")
                .hasMessageContaining("take it over explicitly (--take-over)");
    }

    @Test
    void tokensGrow() {
        RunOwnership first = acquire(HERE, Takeover.FROM_THE_DEAD);
        first.release();
        RunOwnership second = acquire(HERE, Takeover.FROM_THE_DEAD);
        RunOwnership third = acquire(HERE, Takeover.FROM_ANYONE);

        assertThat(List.of(first.token(), second.token(), third.token())).containsExactly(1L, 2L, 3L);
    }

    @Test
    void theRunOfADeadProcessIsFree() throws Exception {
        Process process = new ProcessBuilder("true").start();
        ProcessIdentity dead = new ProcessIdentity(HERE.host(), HERE.hostId(), HERE.machine(), process.pid(), 0);
        assertThat(process.waitFor()).isZero();
        acquire(dead, Takeover.FROM_THE_DEAD);

        assertThat(acquire(HERE, Takeover.FROM_THE_DEAD).token()).isEqualTo(2);
    }

    @Test
    void aNumberUsedAgainByAnotherProcessIsADeadOwner() {
        ProcessIdentity before = new ProcessIdentity(
                HERE.host(), HERE.hostId(), HERE.machine(), HERE.pid(), HERE.startedMillis() - 60_000);
        acquire(before, Takeover.FROM_THE_DEAD);

        assertThat(acquire(HERE, Takeover.FROM_THE_DEAD).token()).isEqualTo(2);
    }

    @Test
    void ofOtherMachinesAndContainersNothingIsKnown() {
        String thisBoot = HERE.machine().substring(0, HERE.machine().indexOf(' '));
        List<ProcessIdentity> unknown = List.of(
                new ProcessIdentity("elsewhere", HERE.hostId(), HERE.machine(), 1L << 23, 1),
                new ProcessIdentity(HERE.host(), HERE.hostId(), thisBoot + " pid:[1]", 1L << 23, 1),
                new ProcessIdentity(HERE.host(), "another id", "another-boot pid:[1]", 1L << 23, 1),
                new ProcessIdentity(HERE.host(), ProcessIdentity.GIVEN, "another-boot pid:[1]", 1L << 23, 1),
                new ProcessIdentity(HERE.host(), HERE.hostId(), "", 1L << 23, 1));
        for (ProcessIdentity owner : unknown) {
            acquire(owner, Takeover.FROM_ANYONE);

            assertThatThrownBy(() -> acquire(HERE, Takeover.FROM_THE_DEAD))
                    .isInstanceOf(RunOwnedException.class)
                    .hasMessageContaining("in use by process 8388608 on " + owner.host());
        }
    }

    @Test
    void anEarlierBootOfThisHostIsOver() {
        ProcessIdentity before = host("gpu-1", "id", "boot-1 pid:[1]");
        ProcessIdentity now = host("gpu-1", "id", "boot-2 pid:[1]");
        acquire(before, Takeover.FROM_THE_DEAD);

        RunOwnership next = acquire(now, Takeover.FROM_THE_DEAD);

        assertThat(next.token()).isEqualTo(2);
        assertThat(host("gpu-1", "", "boot-1 pid:[1]").isCertainlyDead(now)).isTrue();
        assertThat(host("gpu-1", "other", "boot-1 pid:[1]").isCertainlyDead(now))
                .as("another computer of the same name")
                .isFalse();
        assertThat(host("localhost", "", "boot-1 pid:[1]").isCertainlyDead(host("localhost", "", "boot-2 pid:[1]")))
                .as("a name that many computers have")
                .isFalse();
    }

    @Test
    void aPodOfTheSameGivenNameFollowsTheOneBefore() {
        Map<String, String> environment = Map.of(ProcessIdentity.HOST_VARIABLE, " nightly-cars ");
        ProcessIdentity here = ProcessIdentity.current(environment);
        ProcessIdentity sameNode = host("nightly-cars", ProcessIdentity.GIVEN, HERE.machine() + "0");
        ProcessIdentity otherNode = host("nightly-cars", ProcessIdentity.GIVEN, "boot-7 pid:[1]");
        ProcessIdentity otherName = host("nightly-dogs", ProcessIdentity.GIVEN, "boot-7 pid:[1]");

        assertThat(here.host()).isEqualTo("nightly-cars");
        assertThat(sameNode.isCertainlyDead(here)).isTrue();
        assertThat(otherNode.isCertainlyDead(here)).isTrue();
        assertThat(otherName.isCertainlyDead(here)).isFalse();
        assertThat(here.isCertainlyDead(here)).as("a double start in one pod").isFalse();
        assertThat(ProcessIdentity.current(Map.of(ProcessIdentity.HOST_VARIABLE, " ")))
                .isEqualTo(HERE);
    }

    @Test
    void anOwnerOfTheSameNumberInRecordsThatBeganAnewIsAnotherOne() {
        RunOwnership paused = acquire(HERE, Takeover.FROM_THE_DEAD);
        store.delete(run);
        RunOwnership next = acquire(host("elsewhere", "", "boot pid:[1]"), Takeover.FROM_THE_DEAD);

        assertThat(next.token()).isEqualTo(paused.token());
        assertThat(paused.isStillOwner()).isFalse();
        paused.release();
        next.checkStillOwner();
        assertThatThrownBy(paused::checkStillOwner)
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("on elsewhere");
    }

    @Test
    void whoeverLostTheWholeLosesThePartThoughNobodyTookThat() {
        RunOwnership whole = acquire(HERE, Takeover.FROM_THE_DEAD);
        Location part = run.child("part");
        RunOwnership inner = RunOwnership.acquire(store, part, Takeover.FROM_ANYONE.within(whole));
        inner.checkStillOwner();
        acquire(host("elsewhere", "", "boot pid:[1]"), Takeover.FROM_ANYONE);

        assertThatThrownBy(inner::checkStillOwner)
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("on elsewhere");
        assertThatThrownBy(() -> RunOwnership.acquire(store, part, Takeover.FROM_ANYONE.within(whole)))
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("on elsewhere");
        assertThat(RunOwnership.history(store, part)).hasSize(1);
    }

    @Test
    void recordsWithoutAHostIdAreRead() {
        acquire(HERE, Takeover.FROM_THE_DEAD);
        Location record = run.child("_OWNERS").child("owner-000001.json");
        String text = new String(store.read(record, 10_000), UTF_8);
        store.replace(record, text.replaceAll("\\s*\"host_id\"[^,]*,", "").getBytes(UTF_8));

        assertThatThrownBy(() -> acquire(HERE, Takeover.FROM_THE_DEAD))
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("process " + HERE.pid() + " on " + HERE.host());
        assertThat(text).contains("host_id");
    }

    @Test
    void whoeverLostTheRunIsToldByWhom() {
        RunOwnership old = acquire(HERE, Takeover.FROM_THE_DEAD);
        old.checkStillOwner();
        acquire(new ProcessIdentity("elsewhere", "", "m", 77, 1), Takeover.FROM_ANYONE);

        assertThatThrownBy(old::checkStillOwner)
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("process 77 on elsewhere")
                .hasMessageContaining("stops without saving");
        old.release();
        assertThatThrownBy(() -> acquire(HERE, Takeover.FROM_THE_DEAD)).hasMessageContaining("process 77");
    }

    @Test
    void whoeverReleasedTheRunDoesNotOwnIt() {
        RunOwnership ownership = acquire(HERE, Takeover.FROM_THE_DEAD);
        ownership.release();

        assertThatThrownBy(ownership::checkStillOwner)
                .isInstanceOf(RunOwnedException.class)
                .hasMessageContaining("does not belong to");
    }

    @Test
    void clocksDoNotMatter() {
        acquire(HERE, Takeover.FROM_THE_DEAD).release();
        Clock yesterday = Clock.offset(NOON, Duration.ofDays(-1));
        RunOwnership later = RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD, HERE, yesterday);

        later.checkStillOwner();
        assertThat(later.token()).isEqualTo(2);
    }

    @Test
    void of200DoubleStartsEachHasExactlyOneOwnerOnALocalDisk(@TempDir Path folder) throws Exception {
        startTogether(new LocalFileStore(), new Location("file:" + folder), 200, 2);
    }

    @Test
    void ofManyStartsOneOwnsTheRunOnHdfs() throws Exception {
        try (HadoopFileStore hdfs = new HadoopFileStore(MiniHdfs.configuration())) {
            startTogether(hdfs, MiniHdfs.root().child("double-starts"), 10, 4);
        }
    }

    private static void startTogether(FileStore store, Location folder, int trials, int threads) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CyclicBarrier barrier = new CyclicBarrier(threads);
        for (int trial = 0; trial < trials; trial++) {
            Location run = folder.child("run-" + trial);
            List<Future<String>> results = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                results.add(executor.submit(() -> {
                    barrier.await();
                    try {
                        return "owner "
                                + RunOwnership.acquire(store, run, Takeover.FROM_THE_DEAD)
                                        .token();
                    } catch (RunOwnedException e) {
                        assertThat(e).hasMessageContaining("process " + HERE.pid() + " on " + HERE.host());
                        return "refused";
                    }
                }));
            }
            List<String> outcomes = new ArrayList<>();
            for (Future<String> result : results) {
                outcomes.add(result.get());
            }
            assertThat(outcomes)
                    .as("trial %s", trial)
                    .containsOnlyOnce("owner 1")
                    .contains("refused");
            assertThat(outcomes.stream().filter("refused"::equals)).hasSize(threads - 1);
        }
        executor.shutdown();
    }

    private static ProcessIdentity host(String name, String id, String machine) {
        return new ProcessIdentity(name, id, machine, 1L << 23, 1);
    }

    private RunOwnership acquire(ProcessIdentity process, Takeover takeover) {
        return RunOwnership.acquire(store, run, takeover, process, NOON);
    }
}
