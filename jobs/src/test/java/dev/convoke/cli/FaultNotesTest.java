package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.evaluation.report.RunReport;
import dev.convoke.metrics.FaultLog;
import dev.convoke.metrics.FaultLog.Fault;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.spark.SharedSpark;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class FaultNotesTest {

    private static final RunPlan PLAN = Plans.of(1, 8, 32, 1);

    private final JavaSparkContext spark = SharedSpark.local();
    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final FaultLog log = new FaultLog(store, run);

    @Test
    void whateverARunSurvivesIsWrittenDownAndStandsInItsReport() {
        store.replace(run.child("recipe.yaml"), "name: mine\n".getBytes(StandardCharsets.UTF_8));
        RunOwnership.acquire(store, run, Takeover.FROM_ANYONE);
        RunOwnership.acquire(store, run, Takeover.FROM_ANYONE);
        try (FaultNotes notes = new FaultNotes(log, spark)) {
            notes.started(PLAN, 2);
            notes.roundDone(
                    new RoundSummary(PLAN.round(2), List.of(), 0, 0, ProcessMemory.UNKNOWN, Map.of(), 0.1, 0, 1));
            spark.sc().listenerBus().post(new SparkListenerExecutorRemoved(1, "7", "exited with code 137"));
            Awaitility.await().until(() -> log.readAll().size() == 2);
            notes.wentBack(3, 2);
            notes.started(PLAN, 1);
        }
        spark.sc().listenerBus().post(new SparkListenerExecutorRemoved(2, "8", "after the end"));

        assertThat(log.readAll())
                .extracting(Fault::kind, Fault::round, Fault::detail)
                .containsExactlyInAnyOrder(
                        tuple("restarted", 2, "a process went on from the checkpoint of round 2"),
                        tuple("executor lost", 3, "executor 7: exited with code 137"),
                        tuple("state lost", 3, "went back from round 3 to 2 and did it again"),
                        tuple("training diverged", 1, "went on from round 1 as divergence.policy says"));
        assertThat(report())
                .contains("restarted", "round 3: executor 7: exited with code 137", "round 3: went back from round 3")
                .contains("training diverged", "process lost", "ended without a word")
                .doesNotContain("Nothing: no process");
    }

    @Test
    void aRunThatBeginsHasSurvivedNothing() {
        try (FaultNotes notes = new FaultNotes(log, spark)) {
            notes.started(PLAN, 0);
        }

        assertThat(log.readAll()).isEmpty();
        assertThat(report()).contains("Nothing: no process and no executor was lost");
    }

    @Test
    void storageThatTakesNoNoteDoesNotEndTheTraining() {
        try (FaultNotes notes = new FaultNotes(log, spark)) {
            store.faultAt(0, MemoryFileStore.Fault.FAIL);
            notes.wentBack(3, 2);
            notes.wentBack(4, 3);
        }

        assertThat(log.readAll())
                .extracting(Fault::detail)
                .containsExactly("went back from round 4 to 3 and did it again");
    }

    @Test
    void notesThatCannotBeReadAreNotTakenForNone() {
        store.replace(run.child("faults/1700000000000-0000.json"), "{".getBytes(StandardCharsets.UTF_8));

        assertThat(report())
                .contains("Nobody can tell", "1700000000000-0000.json")
                .doesNotContain("Nothing: no process");
    }

    private String report() {
        Location page = RunReport.write(store, run);
        return new String(store.read(page, 1 << 20), StandardCharsets.UTF_8);
    }
}
