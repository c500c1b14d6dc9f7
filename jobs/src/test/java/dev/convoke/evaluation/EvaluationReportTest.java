package dev.convoke.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.Example;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.NewerFormatException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationReportTest {

    private static final Evaluated EVALUATED = new Evaluated("test", 12, "5f0c", "91ab");
    private static final Location FILE = new Location("file:/run/evaluations/test.json");
    private static final List<String> NAMES = List.of("boat", "cat \"x\"", "tree");

    @Test
    void jsonHasWhatProgramsRelyOn() throws IOException {
        JsonNode json = new ObjectMapper().readTree(report().toJson());

        assertThat(json.path("examples").asLong()).isEqualTo(4);
        assertThat(json.path("top1").asDouble()).isEqualTo(0.75);
        assertThat(json.path("top5").asDouble()).isEqualTo(1);
        assertThat(json.path("loss").asDouble()).isGreaterThan(0);
        assertThat(json.path("confusion").toString()).isEqualTo("[[1,0,0],[1,2,0],[0,0,0]]");
        assertThat(json.path("per_class").path(1).path("name").asText()).isEqualTo("cat \"x\"");
        assertThat(json.path("per_class").path(1).path("recall").asDouble()).isEqualTo(2 / 3.0);
        assertThat(json.path("per_class").path(2).path("precision").isNull()).isTrue();
        assertThat(json.path("top1_interval").path("low").asDouble()).isLessThan(0.75);
    }

    @Test
    void whatIsWrittenIsReadBackTheSame() {
        EvaluationReport report = report();

        EvaluationReport back = EvaluationReport.fromJson(report.toJson(), FILE);

        assertThat(back.toJson()).isEqualTo(report.toJson());
        assertThat(back.headline()).isEqualTo(report.headline());
        assertThat(back.classes()).isEqualTo(report.classes());
        assertThat(back.worst()).isEqualTo(report.worst());
        assertThat(back.evaluated()).isEqualTo(EVALUATED);
    }

    @Test
    void aFileOfALaterFormatIsRefused() {
        byte[] later = "{\"format_version\": 99, \"per_class\": [{}]}".getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> EvaluationReport.fromJson(later, FILE))
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("format version 99");
    }

    @Test
    void somethingElseIsRefused() {
        for (String text : List.of("<html>", "[]", "{}", "{\"format_version\": 1}")) {
            assertThatThrownBy(() -> EvaluationReport.fromJson(text.getBytes(StandardCharsets.UTF_8), FILE))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("file:/run/evaluations/test.json: not")
                    .hasMessageContaining("evaluate again");
        }
    }

    @Test
    void finalFiguresAndThoseOnTheWayAreKeptApart() {
        MemoryFileStore store = new MemoryFileStore();
        Location run = new Location("memory:/run");
        EvaluationReport report = report();

        assertThat(report.write(store, run)).isEqualTo(run.child("evaluations/test.json"));
        assertThat(report.writeOnTheWay(store, run)).isEqualTo(run.child("evaluations/test.round-000012.json"));

        assertThat(EvaluationReport.read(store, run, "test").toJson()).isEqualTo(report.toJson());
        assertThat(EvaluationReport.readOnTheWay(store, run)).hasSize(1);
    }

    @Test
    void theTableShowsEachClassAndItsCommonestMistake() {
        String table = report().table();

        assertThat(table).startsWith("test: 4 examples, top-1 0.7500 (95 %: ");
        assertThat(table.lines()
                        .filter(line -> line.contains("cat"))
                        .findFirst()
                        .orElseThrow())
                .contains("1.0000", "0.6667", "boat (1)");
        assertThat(table.lines()
                        .filter(line -> line.contains("tree"))
                        .findFirst()
                        .orElseThrow())
                .contains("        -          -");
    }

    @Test
    void namesForAnotherNumberOfClassesAreRefused() {
        assertThatThrownBy(() -> EvaluationReport.of(EVALUATED, List.of("boat"), new EvaluationTally(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 class names for 3 classes");
    }

    private static EvaluationReport report() {
        EvaluationTally tally = new EvaluationTally(3);
        float[][] probabilities = {{0.8f, 0.1f, 0.1f}, {0.1f, 0.7f, 0.2f}, {0.3f, 0.4f, 0.3f}, {0.5f, 0.4f, 0.1f}};
        int[] labels = {0, 1, 1, 1};
        for (int row = 0; row < labels.length; row++) {
            Example example = new Example("image-" + row + ".jpg", labels[row], new byte[0]);
            tally.add(example, 0, row, FloatBuffer.wrap(probabilities[row]), 0);
        }
        return EvaluationReport.of(EVALUATED, NAMES, tally);
    }
}
