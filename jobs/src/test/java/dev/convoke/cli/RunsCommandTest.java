package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.checkpoint.RunFile;
import dev.convoke.checkpoint.RunFile.Status;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunsCommandTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final PrintStream outBefore = System.out;
    private final PrintStream errorsBefore = System.err;

    @TempDir
    private Path folder;

    @BeforeEach
    void twoRunsAndSomethingElse() throws IOException {
        run("slow", "0.001", 2.2, "2026-11-20T10:00:00Z");
        run("fast", "0.01", 0.4, "2026-11-21T10:00:00Z");
        Files.createDirectories(folder.resolve("notes"));
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void stopListening() {
        System.setOut(outBefore);
        System.setErr(errorsBefore);
    }

    @Test
    void listsTheNewestRunFirstWithItsFigures() {
        assertThat(Main.run("runs", folder.toString())).isZero();

        List<String> lines = text(out).lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).startsWith("run ").contains("network", "status", "rounds", "top-1", "training loss");
        assertThat(lines.get(1)).startsWith("fast ").contains("alexnet", "succeeded", " 4 ", " 80.0 ", "1 m 30 s");
        assertThat(lines.get(2)).startsWith("slow ");
    }

    @Test
    void comparesOnlyWhatDiffers() {
        assertThat(Main.run("runs", folder.toString(), "--compare", "slow,fast", "--sort", "name"))
                .isZero();

        assertThat(text(out))
                .containsPattern("optimizer.learning_rate +0.01 +0.001")
                .doesNotContain("momentum");
    }

    @Test
    void programsGetAnObjectALine() throws IOException {
        assertThat(Main.run("runs", folder.toString(), "--json", "--sort", "name"))
                .isZero();

        JsonNode first =
                new ObjectMapper().readTree(text(out).lines().findFirst().orElseThrow());
        assertThat(first.get("run").asText()).endsWith("/fast");
        assertThat(first.get("recipe").get("optimizer.learning_rate").asText()).isEqualTo("0.01");
        assertThat(first.get("top1")).isNull();
        assertThat(first.get("images_per_second").asDouble()).isEqualTo(80);
    }

    @Test
    void plotsTheCurvesOfAllRunsOnOnePage() throws IOException {
        Path page = folder.resolve("runs.html");

        assertThat(Main.run("runs", folder.toString(), "--plot", page.toString()))
                .isZero();

        assertThat(Files.readString(page))
                .contains("Training loss, nats", "swatch s1", "swatch s2", "optimizer.learning_rate")
                .contains("fast 0.4", "slow 2.2")
                .doesNotContain("http://");
    }

    @Test
    void withAPlotProgramsStillGetNothingButObjects() throws IOException {
        Path page = folder.resolve("runs.html");

        assertThat(Main.run("runs", folder.toString(), "--json", "--plot", page.toString()))
                .isZero();

        assertThat(page).exists();
        assertThat(text(out).lines()).hasSize(2).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    @Test
    void aRunWhoseProcessIsDeadIsCalledKilledAndItsTimeEndsWithItsLastRound() throws IOException {
        Location slow = new Location("file:" + folder.resolve("slow"));
        LocalFileStore store = new LocalFileStore();
        new RunFile(store, slow)
                .write(new RunFile.Content(
                        Status.RUNNING,
                        OptionalInt.empty(),
                        4,
                        "somebody",
                        1,
                        "training",
                        Instant.parse("2026-11-20T09:58:30Z"),
                        Optional.empty()));
        RunOwnership.acquire(store, slow, Takeover.FROM_ANYONE);

        assertThat(Main.run("runs", folder.toString(), "--sort", "name")).isZero();
        assertThat(text(out)).containsPattern("slow +alexnet +running .* 1 m 30 s");

        Path owner = folder.resolve("slow/_OWNERS/owner-000001.json");
        String record = Files.readString(owner);
        Files.writeString(owner, record.replaceAll("(\"pid\"\\s*:\\s*)\\d+", "$1" + Integer.MAX_VALUE));
        out.reset();

        assertThat(Main.run("runs", folder.toString(), "--sort", "name")).isZero();
        assertThat(text(out)).containsPattern("slow +alexnet +killed .* 1 m 30 s");
    }

    @Test
    void aReportComparesTwoRuns() throws IOException {
        String fast = folder.resolve("fast").toString();

        int code = Main.run("report", folder.resolve("slow").toString(), "--compare", fast);

        assertThat(code).isZero();
        assertThat(Files.readString(folder.resolve("slow/compare-with-fast.html")))
                .contains("<h1>slow and fast</h1>", "What differs in the recipes");
    }

    @Test
    void anUnknownRunIsNamedWithTheNearestOneAndAnEmptyFolderSaysWhatARunIs() {
        assertThat(Main.run("runs", folder.toString(), "--compare", "fasst")).isEqualTo(ExitCode.USAGE.number());
        assertThat(Main.run("runs", folder.resolve("notes").toString())).isEqualTo(ExitCode.USAGE.number());

        assertThat(text(errors)).contains("did you mean 'fast'?", "each with a recipe.yaml");
    }

    private void run(String name, String rate, double loss, String started) throws IOException {
        Path run = folder.resolve(name);
        Files.createDirectories(run);
        Files.writeString(
                run.resolve("recipe.yaml"),
                "name: " + name + "\narchitecture: alexnet\nepochs: 2\noptimizer:\n  learning_rate: " + rate
                        + "\n  momentum: 0.9\n");
        Location location = new Location("file:" + run);
        LocalFileStore store = new LocalFileStore();
        new RunFile(store, location)
                .write(new RunFile.Content(
                        Status.SUCCEEDED,
                        OptionalInt.of(0),
                        4,
                        "somebody",
                        1,
                        "done",
                        Instant.parse(started),
                        Optional.of(Instant.parse(started).plusSeconds(90))));
        for (int round = 1; round <= 4; round++) {
            new MetricLog(store, location)
                    .write(new RoundMetrics(
                            Instant.parse(started),
                            name,
                            0,
                            round,
                            80,
                            80L * round,
                            loss + 4 - round,
                            0.2 * round,
                            0.01,
                            80,
                            0.01,
                            Map.of("compute", 900.0),
                            Map.of(),
                            List.of(new WorkerRow(0, 80, loss, 0.5, 900, 10, 0, 0, 0, 0))));
        }
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
