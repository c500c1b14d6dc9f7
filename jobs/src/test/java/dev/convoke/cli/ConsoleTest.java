package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.cli.Console.Mode;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.training.Round;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RoundSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConsoleTest {

    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final AtomicLong clock = new AtomicLong();

    @Test
    void quietSaysOnlyWarningsAndResults() {
        Console console = console(Mode.QUIET);
        speak(console);

        assertThat(text(out)).isEqualTo("top-1 0.9\n");
        assertThat(text(errors)).isEqualTo("warning: the disk is slow: choose another\n");
    }

    @Test
    void peopleReadEverythingAndProgramsNothing() {
        Console console = console(Mode.LINES);
        speak(console);

        assertThat(text(out)).isEqualTo("top-1 0.9\n");
        assertThat(text(errors).lines())
                .containsExactly(
                        "a note",
                        "sharding  50 % 5/10 images, 5/s, 1 s left",
                        "warning: the disk is slow: choose another");
    }

    @Test
    void programsGetOneJsonObjectALineAndNothingElseOnStdout() throws IOException {
        Console console = console(Mode.JSON);
        speak(console);

        List<JsonNode> lines = new ArrayList<>();
        for (String line : text(out).lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines)
                .extracting(line -> line.get("event").asText())
                .containsExactly("progress", "warning", "checkpoint");
        assertThat(lines.get(0).get("done").asInt()).isEqualTo(5);
        assertThat(lines.get(0).get("seconds_left").asDouble()).isEqualTo(1);
        assertThat(lines.get(1).get("message").asText()).contains("choose another");
        assertThat(lines.get(2).get("round").isInt()).isTrue();
        assertThat(lines.get(2).get("held_up_millis").isNull()).isTrue();
        assertThat(text(errors)).isEmpty();
    }

    @Test
    void aTrainingLineSaysEverythingAboutARound() {
        Console console = console(Mode.JSON);
        TrainingConsole training = new TrainingConsole(console.progress("training", "images"), console);
        training.started(Plans.of(2, 8, 32, 2), 0);
        clock.set(SECOND);

        training.roundDone(summary());

        assertThat(text(out))
                .contains("\"epoch\":1,\"epochs\":2,\"round\":1,", "\"loss\":2.0,\"top1\":0.25,")
                .contains("\"learning_rate\":0.1,\"images_per_second\":64.0,\"images_per_second_per_worker\":32.0,")
                .contains("\"checkpoint\":null");
    }

    @Test
    void aTrainingLineForPeopleIsAsComplete() {
        Console console = console(Mode.LINES);
        TrainingConsole training = new TrainingConsole(console.progress("training", "images"), console);
        training.started(Plans.of(2, 8, 32, 2), 0);
        clock.set(SECOND);

        training.roundDone(summary());

        assertThat(text(errors))
                .isEqualTo("training epoch 1/2, round 1/2, loss 2.000, top-1 0.250, lr 0.100, 64.0 images/s"
                        + " (32.0 a worker), 1 s left, checkpoint none\n");
    }

    @Test
    void whateverIsSaidOnATerminalStartsOnALineOfItsOwnAndTheOpenLineComesAgain() {
        Console console = builder(Mode.LINES).onTerminal(100).build();
        ProgressLine training = console.progress("training", "images");
        ProgressLine other = console.progress("evaluating", "images");
        PrintStream log = console.forOthers();

        advance(training, 1);
        console.warn("MLflow is gone");
        advance(training, 2);
        log.println("12:00:00 WARN Retry");
        log.println("12:00:01 WARN Retry");
        advance(training, 3);
        console.note("the trace: trace.json");
        advance(training, 4);
        advance(other, 1);
        console.result("top-1 0.9");
        other.finish();

        // What a terminal shows: each line as it was written last.
        assertThat(Stream.of(text(errors).split("\n", -1))
                        .filter(line -> !line.isEmpty())
                        .map(line -> line.substring(line.lastIndexOf('\r') + 1)
                                .replaceAll(" \\[.*?\\] +(\\d+) %.*", " $1 %")))
                .containsExactly(
                        "training 10 %",
                        "warning: MLflow is gone",
                        "training 20 %",
                        "12:00:00 WARN Retry",
                        "12:00:01 WARN Retry",
                        "training 30 %",
                        "the trace: trace.json",
                        "training 40 %",
                        "evaluating 10 %");
        assertThat(text(errors)).endsWith("left\n");
    }

    private void advance(ProgressLine line, int done) {
        clock.addAndGet(SECOND);
        line.update(done, 10, "");
    }

    @Test
    void quietAndJsonTogetherAreRefused() {
        assertThat(Main.run("summary", "alexnet", "--quiet", "--json-progress")).isEqualTo(ExitCode.USAGE.number());
    }

    /** Half of 64 examples, 500 ms, by two workers. */
    private static RoundSummary summary() {
        Round round = Plans.of(2, 8, 32, 2).round(0);
        WorkerReport report = new WorkerReport(0, 16, 32, 4, 400, 50, 10, 10, 0, 0);
        WorkerReport other = new WorkerReport(1, 16, 32, 4, 380, 50, 10, 10, 0, 0);
        return new RoundSummary(round, List.of(report, other), 0, 0, ProcessMemory.UNKNOWN, Map.of(), 0.1, 32, 500);
    }

    private void speak(Console console) {
        console.note("a note");
        ProgressLine line = console.progress("sharding", "images");
        clock.set(clock.get() + SECOND);
        line.update(5, 10, "");
        line.finish();
        console.warn("the disk is slow: choose another");
        console.event("checkpoint", new java.util.TreeMap<>(Map.of("round", 12, "held_up_millis", Double.NaN)));
        console.result("top-1 0.9");
    }

    private Console console(Mode mode) {
        return builder(mode).build();
    }

    private Console.Builder builder(Mode mode) {
        return new Console.Builder(
                mode,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8),
                clock::get);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
