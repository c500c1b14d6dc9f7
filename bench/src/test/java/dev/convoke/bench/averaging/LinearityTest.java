package dev.convoke.bench.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.bench.Figure;
import dev.convoke.bench.Row;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinearityTest {

    @Test
    void roundsOnALineAreExplainedWhole() {
        List<Row> rows = Linearity.of(
                List.of(round("convoke", 4, 10, 70), round("convoke", 4, 20, 90), round("convoke", 4, 40, 130)));

        assertThat(rows).singleElement().satisfies(row -> {
            assertThat(row.fields()).containsEntry("workers", 4L).containsEntry("states", 3L);
            assertThat(number(row, "r_squared")).isCloseTo(1, within(1e-12));
            assertThat(number(row, "ms_per_mb")).isCloseTo(2, within(1e-12));
            assertThat(number(row, "ms_without_bytes")).isCloseTo(50, within(1e-12));
        });
    }

    @Test
    void roundsBesideALineAreExplainedInPart() {
        // Deviations of x: -1, 0, 1; of y: -2, 1, 1. Sums: xx 2, xy 3, yy 6.
        List<Row> rows =
                Linearity.of(List.of(round("dl4j", 2, 1, 10), round("dl4j", 2, 2, 13), round("dl4j", 2, 3, 13)));

        assertThat(number(rows.get(0), "r_squared")).isCloseTo(3.0 * 3 / (2 * 6), within(1e-12));
        assertThat(number(rows.get(0), "ms_per_mb")).isCloseTo(1.5, within(1e-12));
    }

    @Test
    void onlyMastersAndWorkersWithThreeStatesHaveALine() {
        Row failed = Row.builder()
                .label("master", "dl4j")
                .number("state_mb", 40L)
                .number("workers", 4L)
                .label("error", "out of memory")
                .build();
        Row rate = Row.builder().label("case", "loopback").number("rate", 3e9).build();
        List<Row> measured = Stream.of(
                        rate,
                        failed,
                        round("convoke", 1, 10, 1),
                        round("convoke", 1, 20, 2),
                        round("convoke", 2, 10, 1),
                        round("convoke", 2, 20, 2),
                        round("convoke", 2, 20, 2.5),
                        round("dl4j", 4, 10, 1),
                        round("dl4j", 4, 20, 2))
                .toList();

        assertThat(Linearity.of(measured)).isEmpty();
    }

    private static Row round(String master, int workers, int megabytes, double millis) {
        return Row.builder()
                .label("master", master)
                .number("state_mb", (long) megabytes)
                .number("workers", (long) workers)
                .figure("round_ms", Figure.of(List.of(millis)))
                .build();
    }

    private static double number(Row row, String name) {
        return (double) row.fields().getOrDefault(name, Double.NaN);
    }
}
