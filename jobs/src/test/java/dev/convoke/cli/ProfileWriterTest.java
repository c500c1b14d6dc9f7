package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.config.RecipeLoader;
import dev.convoke.metrics.ProcessMemory;
import dev.convoke.metrics.trace.ChromeTrace;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileWriterTest {

    /** Eight rounds. */
    private static final RunPlan PLAN = Plans.of(1, 8, 32, 1);

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream printer = new PrintStream(said, true, StandardCharsets.UTF_8);
    private final Console console = new Console.Builder(Console.Mode.LINES, printer, printer, System::nanoTime).build();
    private final ChromeTrace trace = new ChromeTrace();
    private final ProfileWriter writer = new ProfileWriter(trace, 3, store, run, console);

    @Test
    void aRunThatStopsEarlyLeavesTheRoundsThatWereTraced() {
        writer.started(PLAN, 0);
        rounds(0, 2);
        assertThat(store.exists(run.child(ChromeTrace.FILE))).isFalse();

        writer.close();

        assertThat(new String(store.read(run.child(ChromeTrace.FILE), 1 << 20), StandardCharsets.UTF_8))
                .contains("\"round 1\"", "\"round 2\"")
                .doesNotContain("\"round 0\"", "\"round 3\"");
        assertThat(text()).contains("the trace of 2 rounds: ");
    }

    @Test
    void theRoundsAskedForAreWrittenOnceTheyAreThere() {
        writer.started(PLAN, 0);
        rounds(0, 7);
        writer.close();

        assertThat(text().lines()).hasSize(1).allMatch(line -> line.startsWith("the trace of 3 rounds: "));
    }

    @Test
    void aRunWithoutARoundSaysThatThereIsNoTrace() {
        writer.started(PLAN, 8);
        writer.close();

        assertThat(text()).startsWith("warning: there is no trace").contains("train some more rounds");
        assertThat(store.exists(run.child(ChromeTrace.FILE))).isFalse();
    }

    @Test
    void ofDl4jsOwnMasterItIsSaidThatItsWorkersCannotBeSeen() {
        ProfileWriter.warnOf(RecipeLoader.load("architecture: alexnet\n", "ours.yaml", List.of()), console);
        assertThat(text()).isEmpty();

        ProfileWriter.warnOf(
                RecipeLoader.load("architecture: alexnet\naveraging: {master: dl4j}\n", "dl4j.yaml", List.of()),
                console);

        assertThat(text()).startsWith("warning: --profile: ").contains("set averaging.master: convoke");
    }

    private void rounds(int first, int last) {
        for (int round = first; round <= last; round++) {
            writer.roundDone(
                    new RoundSummary(PLAN.round(round), List.of(), 0, 0, ProcessMemory.UNKNOWN, Map.of(), 0.1, 0, 1));
        }
    }

    private String text() {
        return said.toString(StandardCharsets.UTF_8);
    }
}
