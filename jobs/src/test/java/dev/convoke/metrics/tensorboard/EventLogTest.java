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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class EventLogTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("run");
    private final EventLog log = new EventLog(store, run);

    @Test
    void aRoundsFiguresAreReadBackUnderTheirTags() {
        log.write(metrics(12));

        List<byte[]> records = records("train", 12);
        assertThat(records).hasSize(2);
        assertThat(new String(records.get(0), StandardCharsets.UTF_8)).endsWith("brain.Event:2");
        Map<String, Float> scalars = scalars(records.get(1));
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
    void aRoundDoneAgainReplacesItselfAndLaterOnesCanBeTakenBack() {
        log.write(metrics(1));
        log.write(metrics(2));
        log.write(metrics(2));
        log.write("validation", new Events(Instant.EPOCH, 3).scalar("top-1", 0.5));

        log.deleteAfter(1);

        assertThat(store.list(run.child("events/train")))
                .extracting(FileEntry::location)
                .extracting(Location::name)
                .containsExactly("events.out.tfevents.0000000001");
        assertThat(store.list(run.child("events/validation"))).isEmpty();
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

        List<byte[]> records = records("state", 0);
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
                List.of(new WorkerRow(0, 30, 1.5, 0.5, 500, 1, 0, 0), new WorkerRow(1, 30, 1.5, 0.5, 400, 1, 0, 0)));
    }

    /** Reads a file's records and checks both checksums of each. */
    private List<byte[]> records(String split, int step) {
        Location file = run.child(String.format("events/%s/events.out.tfevents.%010d", split, step));
        ByteBuffer bytes = ByteBuffer.wrap(store.read(file, 1 << 20)).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int start = bytes.position();
            int length = Math.toIntExact(bytes.getLong());
            assertThat(bytes.getInt()).isEqualTo(masked(bytes.array(), start, 8));
            byte[] data = new byte[length];
            bytes.get(data);
            assertThat(bytes.getInt()).isEqualTo(masked(data, 0, length));
            records.add(data);
        }
        return records;
    }

    private static int masked(byte[] bytes, int from, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, from, length);
        long value = checksum.getValue();
        return (int) (((value >> 15) | (value << 17 & 0xFFFFFFFFL)) + 0xA282EAD8L);
    }

    /** Reads {@code Event{5: Summary{1: Value{1: tag, 2: float}}}}; no length here needs more than two bytes. */
    private static Map<String, Float> scalars(byte[] event) {
        ByteBuffer bytes = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(1 + 8 + 2);
        assertThat(bytes.get()).isEqualTo((byte) (5 << 3 | 2));
        int end = length(bytes);
        end += bytes.position();
        Map<String, Float> scalars = new LinkedHashMap<>();
        while (bytes.position() < end) {
            assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 2));
            length(bytes);
            assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 2));
            byte[] tag = new byte[length(bytes)];
            bytes.get(tag);
            assertThat(bytes.get()).isEqualTo((byte) (2 << 3 | 5));
            scalars.put(new String(tag, StandardCharsets.UTF_8), bytes.getFloat());
        }
        return scalars;
    }

    private static int length(ByteBuffer bytes) {
        int low = bytes.get();
        return low >= 0 ? low : (low & 0x7F) | bytes.get() << 7;
    }
}
