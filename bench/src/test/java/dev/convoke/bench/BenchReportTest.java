package dev.convoke.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchReportTest {

    private static final Row ROW = Row.builder()
            .label("network", "alexnet")
            .number("batch", 16)
            .figure("images_per_second", new Figure(22.5, 21, 23, 5))
            .further("driver_bytes", new Figure(10, 9, 12, 5))
            .build();

    private final StringWriter console = new StringWriter();

    @Test
    void theFileHoldsMachineAndRowsAsSoonAsARowIsThere(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("new/figures.json");

        new BenchReport(new PrintWriter(console), file).add(ROW);

        JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(file));
        assertThat(json.path("machine").path("cores").asInt())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        JsonNode row = json.path("rows").path(0);
        assertThat(row.path("network").asText()).isEqualTo("alexnet");
        assertThat(row.path("batch").isIntegralNumber()).isTrue();
        assertThat(row.path("images_per_second").asDouble()).isEqualTo(22.5);
        assertThat(row.path("median").asDouble()).isEqualTo(22.5);
        assertThat(row.path("min").asDouble()).isEqualTo(21);
        assertThat(row.path("max").asDouble()).isEqualTo(23);
        assertThat(row.path("repetitions").asInt()).isEqualTo(5);
        assertThat(row.path("driver_bytes_max").asDouble()).isEqualTo(12);
        assertThat(console.toString()).contains("network=alexnet  batch=16  images_per_second=22.50");
    }

    @Test
    void theTableHasAColumnForEveryFieldOfAnyRow() {
        String table = Table.of(List.of(
                Row.builder().label("master", "dl4j").label("error", "aborted").build(),
                Row.builder()
                        .label("master", "convoke")
                        .number("round_ms", 123.45)
                        .build()));

        assertThat(table).isEqualTo("""
                        master   error    round_ms
                        dl4j     aborted
                        convoke           123.5
                        """);
    }

    @Test
    void aFieldGivenTwiceIsRefused() {
        assertThatThrownBy(() -> Row.builder().number("batch", 1).number("batch", 2))
                .hasMessageContaining("The row has 'batch' already");
    }
}
