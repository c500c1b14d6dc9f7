package dev.convoke.metrics.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** Reads event files without any code of the writer. */
public final class EventReader {

    private EventReader() {}

    /** Reads a file's records and checks both checksums of each. */
    public static List<byte[]> records(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
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

    /** Returns the step of an event, 0 if it has none. */
    public static long step(byte[] event) {
        ByteBuffer bytes = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(1 + 8);
        return bytes.hasRemaining() && bytes.get() == 2 << 3 ? varint(bytes) : 0;
    }

    /** Reads {@code Event{5: Summary{1: Value{1: tag, 2: float}}}}; of an event without a summary, nothing. */
    static Map<String, Float> scalars(byte[] event) {
        ByteBuffer bytes = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(1 + 8);
        Map<String, Float> scalars = new LinkedHashMap<>();
        if (bytes.get() != 2 << 3) {
            return scalars;
        }
        varint(bytes);
        if (bytes.get() != (5 << 3 | 2)) {
            return scalars;
        }
        int end = (int) varint(bytes);
        end += bytes.position();
        while (bytes.position() < end) {
            assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 2));
            varint(bytes);
            assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 2));
            byte[] tag = new byte[(int) varint(bytes)];
            bytes.get(tag);
            assertThat(bytes.get()).isEqualTo((byte) (2 << 3 | 5));
            scalars.put(new String(tag, StandardCharsets.UTF_8), bytes.getFloat());
        }
        return scalars;
    }

    /** Returns the smallest and the largest value of each histogram of an event, by tag. */
    public static Map<String, List<Double>> histograms(byte[] event) {
        ByteBuffer bytes = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(1 + 8 + 1);
        varint(bytes);
        assertThat(bytes.get()).isEqualTo((byte) (5 << 3 | 2));
        varint(bytes);
        Map<String, List<Double>> ranges = new LinkedHashMap<>();
        while (bytes.hasRemaining()) {
            assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 2));
            int length = (int) varint(bytes);
            int end = bytes.position() + length;
            assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 2));
            byte[] tag = new byte[(int) varint(bytes)];
            bytes.get(tag);
            if (bytes.get() == (5 << 3 | 2)) {
                varint(bytes);
                assertThat(bytes.get()).isEqualTo((byte) (1 << 3 | 1));
                double low = bytes.getDouble();
                assertThat(bytes.get()).isEqualTo((byte) (2 << 3 | 1));
                ranges.put(new String(tag, StandardCharsets.UTF_8), List.of(low, bytes.getDouble()));
            }
            bytes.position(end);
        }
        return ranges;
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte low = bytes.get();
            value |= (low & 0x7FL) << shift;
            if (low >= 0) {
                return value;
            }
        }
    }
}
