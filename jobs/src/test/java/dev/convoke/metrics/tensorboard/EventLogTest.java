package dev.convoke.metrics.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.metrics.RoundMetrics;
import dev.convoke.metrics.RoundMetrics.WorkerRow;
import dev.convoke.models.NetworkSummary;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final EventLog log = new EventLog(store, run);

    @Test
    void aRoundsFiguresAreReadBackUnderTheirTags() {
        log.write(metrics(12));

        List<byte[]> records = records("train");
        assertThat(records).hasSize(2);
        assertThat(new String(records.get(0), StandardCharsets.UTF_8)).endsWith("brain.Event:2");
        Map<String, Float> scalars = EventReader.scalars(records.get(1));
        assertThat(scalars)
                .containsEntry("loss", 1.5f)
                .containsEntry("top-1", 0.25f)
                .containsEntry("training/learning rate", 0.01f)
                .containsEntry("phases, ms/compute", 900f)
                .containsEntry("workers, compute ms/1", 400f)
                .doesNotContainKey("training/divergence of the replicas");
    }

    /** The bytes TensorFlow's own writer gives for this event, but for its choice to leave out a step of 0. */
    @Test
    void theBytesAreThoseOfTheFormat() {
        byte[] file = new Events(Instant.ofEpochSecond(1), 3).scalar("a", 1).toFile();

        byte[] event = HexFormat.of().parseHex("09000000000000f03f10032a0a0a080a0161150000803f");
        assertThat(file).hasSize(16 + 24 + 16 + event.length);
        assertThat(java.util.Arrays.copyOfRange(file, file.length - 4 - event.length, file.length - 4))
                .isEqualTo(event);
    }

    @Test
    void roundsAreTakenBackWithTheEvaluationsBehindThem() {
        log.write(metrics(1));
        log.write(metrics(2));
        log.write(metrics(2));
        log.write("validation", new Events(Instant.EPOCH, 3).scalar("top-1", 0.5));

        log.deleteAfter(1);

        assertThat(records("train")).hasSize(2);
        assertThat(EventReader.step(records("train").get(1))).isEqualTo(1);
        assertThat(log.isEmpty("train")).isFalse();
        assertThat(log.isEmpty("validation")).isTrue();
    }

    @Test
    void filesSortInTheOrderInWhichTheyWereWritten() {
        log.write(metrics(2));
        log.write(metrics(1));

        List<FileEntry> files = store.list(run.child("events/train"));
        assertThat(files)
                .extracting(file -> file.location().name())
                .satisfiesExactly(
                        first -> assertThat(first)
                                .matches("events\\.out\\.tfevents\\.\\d{13}\\.0000000002-0000000002-0"),
                        second -> assertThat(second)
                                .matches("events\\.out\\.tfevents\\.\\d{13}\\.0000000001-0000000001-0"));
    }

    @Test
    void aHistogramCountsEveryFiniteValueOnce() {
        byte[] with = new Events(Instant.EPOCH, 1)
                .histogram("w", new float[] {-1, 0, 0, 1, Float.NaN})
                .toFile();
        byte[] nothing = new Events(Instant.EPOCH, 1)
                .histogram("w", new float[] {Float.NaN})
                .toFile();

        ByteBuffer buffer = ByteBuffer.wrap(with).order(ByteOrder.LITTLE_ENDIAN);
        // The packed counts are the last field of the file, before the checksum.
        double sum = 0;
        for (int i = 0; i < 40; i++) {
            sum += buffer.getDouble(with.length - 4 - 40 * 8 + i * 8);
        }
        assertThat(sum).isEqualTo(4);
        assertThat(nothing.length).isLessThan(with.length / 4);
    }

    @Test
    void theGraphIsARecordBeforeTheStep() {
        NetworkSummary network = new NetworkSummary(
                "tiny",
                List.of(
                        new NetworkSummary.Row("in", "InputLayer", List.of(3L, 8L, 8L), 0, 0, List.of()),
                        new NetworkSummary.Row("conv", "Conv2D", List.of(4L, 8L, 8L), 112, 112, List.of("in"))));

        log.write("state", new Events(Instant.EPOCH, 0).graph(network));

        List<byte[]> records = records("state");
        assertThat(records).hasSize(3);
        // Event.graph_def is field 4; the nodes' names, operations and inputs are texts in it.
        assertThat(records.get(1)[9]).isEqualTo((byte) (4 << 3 | 2));
        assertThat(new String(records.get(1), StandardCharsets.ISO_8859_1))
                .contains("\u0004conv\u0012\u0006Conv2D\u001a\u0002in", "_output_shapes", "InputLayer");
    }

    private static RoundMetrics metrics(int round) {
        return new RoundMetrics(
                Instant.EPOCH,
                "r",
                0,
                round,
                60,
                60,
                1.5,
                0.25,
                0.01,
                30,
                Double.NaN,
                Map.of("compute", 900.0),
                Map.of(),
                List.of(
                        new WorkerRow(0, 30, 1.5, 0.5, 500, 1, 0, 0, 0, 0),
                        new WorkerRow(1, 30, 1.5, 0.5, 400, 1, 0, 0, 0, 0)));
    }

    /** Reads the records of the only file of a split. */
    private List<byte[]> records(String split) {
        List<FileEntry> files = store.list(run.child("events/" + split));
        assertThat(files).hasSize(1);
        return EventReader.records(store.read(files.get(0).location(), 1 << 20));
    }
}
