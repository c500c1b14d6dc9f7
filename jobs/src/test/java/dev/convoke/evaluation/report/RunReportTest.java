package dev.convoke.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunReportTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("runs/first");

    @Test
    void everyFileOfTheRunIsInThePage() {
        Random random = new Random(3);
        put("recipe.yaml", "# why\nname: my run # the best\nepochs: 3\n");
        put(
                "provenance.json",
                "{\"format_version\":1,\"convoke\":{\"commit\":\"abc123\"},\"software\":{\"spark\":\"3.5.9\"}}");
        new RunFile(store, run)
                .write(new RunFile.Content(
                        Status.SUCCEEDED,
                        OptionalInt.of(0),
                        3,
                        "somebody",
                        1,
                        "all rounds done",
                        Instant.EPOCH,
                        Optional.empty()));
        for (int round = 1; round <= 3; round++) {
            new MetricLog(store, run).write(metrics(round));
        }
        EvaluationReport report = SampleReport.evaluation("validation", 3, 0.9, random);
        report.write(store, run);
        SampleReport.evaluation("validation", 1, 0.2, random).writeOnTheWay(store, run);
        SampleReport.evaluation("validation", 2, 0.5, random).writeOnTheWay(store, run);

        Location file = RunReport.write(store, run);

        String page = page();
        assertThat(file).isEqualTo(run.child("report.html"));
        assertThat(page)
                .contains("<h1>my run</h1>", "epochs: 3", "abc123", "software: spark", "3.5.9")
                .contains("succeeded", "all rounds done", "Top-1, validation")
                .contains("round 1: ", "round 2: ", "round 3: ")
                .contains("worker 0 40.0", "worker 1 20.0")
                .contains("compute 75.0 %", "average 25.0 %")
                .doesNotContain("Not in this report");
        assertThat(page.split("image not at hand", -1)).hasSizeGreaterThan(10);
    }

    @Test
    void aRunThatHasJustBegunSaysWhatIsNotThere() {
        put("recipe.yaml", "epochs: 3\n");

        RunReport.write(store, run);

        assertThat(page())
                .contains("<h1>first</h1>", "Not in this report")
                .contains("There is no provenance.json.", "There are no metrics", "convoke evaluate --run " + run);
    }

    @Test
    void aDamagedFileIsNamedAndTheRestIsShown() {
        put("recipe.yaml", "name: mine\n");
        put("metrics/round-000001.jsonl", "{\"ts\":");
        put("evaluations/test.json", "[]");
        put("run.json", "{}");

        RunReport.write(store, run);

        assertThat(page())
                .contains("<h1>mine</h1>")
                .contains("round-000001.jsonl", "evaluations/test.json: not an evaluation", "run.json");
    }

    private String page() {
        return new String(store.read(run.child(RunReport.FILE), 1 << 20), StandardCharsets.UTF_8);
    }

    private void put(String name, String text) {
        store.replace(run.child(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private static RoundMetrics metrics(int round) {
        return new RoundMetrics(
                Instant.EPOCH,
                "r",
                0,
                round,
                60,
                60L * round,
                2.0 / round,
                0.3 * round,
                0.01,
                30,
                0.02,
                Map.of("compute", 1500.0, "average", 500.0),
                Map.of(),
                List.of(
                        new WorkerRow(0, 40, 1.5, 0.5, 900, 100, 0, 0, 0, 0),
                        new WorkerRow(1, 20, 1.5, 0.5, 900, 100, 0, 0, 0, 0)));
    }
}
