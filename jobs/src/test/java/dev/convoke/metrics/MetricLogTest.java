package dev.convoke.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.spark.SharedSpark;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.NewerFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricLogTest {

    private static final Location RUN = MemoryFileStore.root().child("run");

    private final MemoryFileStore store = new MemoryFileStore();
    private final MetricLog log = new MetricLog(store, RUN);

    @Test
    void roundsReadBackInOrder() {
        for (int round : new int[] {10, 2, 1_000_000, 1}) {
            log.write(metrics(round, 0.5));
        }

        assertThat(log.readAll())
                .containsExactly(metrics(1, 0.5), metrics(2, 0.5), metrics(10, 0.5), metrics(1_000_000, 0.5));
    }

    @Test
    void aRoundTrainedAgainReplacesItself() {
        log.write(metrics(1, 0.5));
        log.write(metrics(1, 0.25));

        assertThat(log.readAll()).containsExactly(metrics(1, 0.25));
        assertThat(store.list(RUN.child("metrics"))).hasSize(1);
    }

    @Test
    void aRoundIsOneLineWithTheDocumentedNames() {
        log.write(metrics(12, 0.5));

        String text = text("round-000012.jsonl");
        assertThat(text.lines()).hasSize(1);
        assertThat(text)
                .startsWith(
                        "{\"format_version\":1,\"ts\":\"2026-11-22T12:00:00Z\",\"run_id\":\"r1\",\"split\":\"train\",\"epoch\":1,"
                                + "\"round\":12,\"examples\":48,")
                .contains("\"loss\":0.5,", "\"lr\":0.01,", "\"images_per_sec\":96.0,", "\"worker_skew\":1.5,")
                .contains("\"phase_millis\":{\"average\":5.0,\"compute\":400.0}", "\"driver_bytes\":1234.0");
    }

    @Test
    void whatIsNoNumberIsNullAndReadsBackAsNoNumber() {
        log.write(metrics(1, Double.NaN));

        assertThat(text("round-000001.jsonl")).contains("\"loss\":null");
        assertThat(log.readAll().get(0).loss()).isNaN();
    }

    @Test
    void unknownFieldsAndFilesAreIgnored() {
        log.write(metrics(1, 0.5));
        String text = text("round-000001.jsonl").replace("\"split\"", "\"shoe_size\":[43],\"split\"");
        store.replace(RUN.child("metrics/round-000001.jsonl"), text.getBytes(StandardCharsets.UTF_8));
        store.replace(RUN.child("metrics/.3f.tmp"), new byte[] {1});

        assertThat(log.readAll()).containsExactly(metrics(1, 0.5));
    }

    @Test
    void filesOfBeforeReadingAndDecodingWereMeasuredReadBack() {
        log.write(metrics(1, 0.5));
        String text = text("round-000001.jsonl").replaceAll(",\"(read|decode)_millis\":[0-9.]+", "");
        store.replace(RUN.child("metrics/round-000001.jsonl"), text.getBytes(StandardCharsets.UTF_8));

        assertThat(log.readAll().get(0).workers())
                .extracting(WorkerRow::sendMillis, WorkerRow::readMillis, WorkerRow::decodeMillis)
                .containsExactly(tuple(6.0, Double.NaN, Double.NaN), tuple(8.0, Double.NaN, Double.NaN));
    }

    @Test
    void aDamagedFileIsNamed() {
        store.replace(
                RUN.child("metrics/round-000001.jsonl"), "{\"ts\": \"yesterday\"".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(log::readAll)
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("memory:/run/metrics/round-000001.jsonl");
    }

    @Test
    void aNewerFormatIsRefusedByName() {
        log.write(metrics(1, 0.5));
        String text = text("round-000001.jsonl").replace("\"format_version\":1", "\"format_version\":2");
        store.replace(RUN.child("metrics/round-000001.jsonl"), text.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(log::readAll)
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("round-000001.jsonl");
    }

    @Test
    void someRoundsAreEvenlySpreadAndEndWithTheLast() {
        for (int round = 1; round <= 10; round++) {
            log.write(metrics(round, 0.5));
        }

        assertThat(log.readSome(4)).extracting(RoundMetrics::round).containsExactly(2, 5, 7, 10);
        assertThat(log.readSome(1)).extracting(RoundMetrics::round).containsExactly(10);
        assertThat(log.readSome(99)).isEqualTo(log.readAll());
    }

    @Test
    void goingBackForgetsWhatCameAfter() {
        for (int round = 1; round <= 4; round++) {
            log.write(metrics(round, 0.5));
        }

        log.deleteAfter(2);

        assertThat(log.readAll()).extracting(RoundMetrics::round).containsExactly(1, 2);
    }

    @Test
    void sparkSqlReadsThemInOneLineWithTheDocumentedTypes(@TempDir Path folder) {
        MetricLog onDisk = new MetricLog(new LocalFileStore(), new Location("file:" + folder));
        onDisk.write(metrics(1, 0.5));
        onDisk.write(metrics(2, Double.NaN));
        SparkSession spark =
                SparkSession.builder().sparkContext(SharedSpark.local().sc()).getOrCreate();

        List<Row> rows = spark.sql("SELECT round, loss, workers[1].compute_millis FROM json.`" + folder
                        + "/metrics` ORDER BY round")
                .collectAsList();

        assertThat(rows).extracting(row -> row.get(1)).containsExactly(0.5, null);
        assertThat(rows).extracting(row -> row.getDouble(2)).containsExactly(100.0, 100.0);
    }

    @Test
    void sparkReadsThemInOneLine(@TempDir Path folder) {
        MetricLog onDisk = new MetricLog(new LocalFileStore(), new Location("file:" + folder));
        onDisk.write(metrics(1, 0.5));
        onDisk.write(metrics(2, 0.25));
        SparkSession spark =
                SparkSession.builder().sparkContext(SharedSpark.local().sc()).getOrCreate();

        List<Row> rows = spark.read()
                .json(folder + "/metrics")
                .orderBy("round")
                .select("round", "loss", "phase_millis.compute")
                .collectAsList();

        assertThat(rows).extracting(row -> row.getLong(0)).containsExactly(1L, 2L);
        assertThat(rows).extracting(row -> row.getDouble(1)).containsExactly(0.5, 0.25);
        assertThat(rows).extracting(row -> row.getDouble(2)).containsExactly(400.0, 400.0);
    }

    private static RoundMetrics metrics(int round, double loss) {
        return new RoundMetrics(
                Instant.parse("2026-11-22T12:00:00Z"),
                "r1",
                1,
                round,
                48,
                48L * round,
                loss,
                0.75,
                0.01,
                96,
                0.001,
                Map.of("compute", 400.0, "average", 5.0),
                Map.of("driver_bytes", 1234.0),
                List.of(
                        new WorkerRow(0, 32, loss, 0.75, 300, 1, 5, 6, 3, 4),
                        new WorkerRow(1, 16, loss, 0.75, 100, 2, 7, 8, 5, 6)));
    }

    private String text(String name) {
        return new String(store.read(RUN.child("metrics").child(name), 1 << 20), StandardCharsets.UTF_8);
    }
}
