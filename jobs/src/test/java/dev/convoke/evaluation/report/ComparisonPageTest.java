package dev.convoke.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class ComparisonPageTest {

    @Test
    void twoRunsShareTheirFramesAndTheBetterFigureIsMarked() throws Exception {
        String page = ComparisonPage.of(List.of(overview("a", 0.5, "0.001"), overview("b", 0.95, "0.01")));

        Document parsed = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
        assertThat(parsed.getElementsByTagName("svg").getLength()).isEqualTo(7);
        assertThat(page)
                .contains("<h1>a and b</h1>", "optimizer.learning_rate", "Classes, by what the second run gained")
                .containsPattern("<td>top-1</td><td class=\"number\">[0-9.]+ %</td><td class=\"number best\">")
                .contains("They ran on the same machine")
                .doesNotContain("<script", "http://", "https://");
    }

    @Test
    void runsOfTheSameNameAreToldApartByTheirAddress() {
        List<RunOverview> runs = List.of(overview("x/run", 0.5, "1"), overview("y/run", 0.5, "1"));

        assertThat(ComparisonPage.namesOf(runs)).containsExactly("memory:/x/run", "memory:/y/run");
    }

    @Test
    void aRunWithNothingInItHasDashes() {
        RunOverview empty = new RunOverview(
                MemoryFileStore.root().child("empty"),
                Map.of(),
                Optional.empty(),
                false,
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of("There are no metrics."));

        assertThat(ComparisonPage.of(List.of(overview("a", 0.5, "1"), empty)))
                .contains("empty: There are no metrics.", "<td class=\"number\">–</td>")
                .doesNotContain("NaN");
    }

    private static RunOverview overview(String name, double accuracy, String rate) {
        Location run = MemoryFileStore.root().child(name);
        EvaluationReport last = SampleReport.evaluation("validation", 4, accuracy, new Random(2));
        EvaluationReport before = SampleReport.evaluation("validation", 2, accuracy / 2, new Random(3));
        List<RoundMetrics> rounds = new ArrayList<>();
        for (int round = 1; round <= 4; round++) {
            rounds.add(new RoundMetrics(
                    Instant.EPOCH,
                    name,
                    0,
                    round,
                    500,
                    500L * round,
                    2.0 / round,
                    0.2 * round,
                    0.01,
                    30,
                    0.02,
                    Map.of(),
                    Map.of(),
                    List.of(new WorkerRow(0, 500, 1, 0.5, 900, 100, 0, 0, 0, 0))));
        }
        return new RunOverview(
                run,
                Map.of("optimizer.learning_rate", rate, "epochs", "2"),
                Optional.empty(),
                false,
                rounds,
                List.of(last),
                List.of(before, last),
                Map.of("machine: cores", "2"),
                List.of());
    }
}
