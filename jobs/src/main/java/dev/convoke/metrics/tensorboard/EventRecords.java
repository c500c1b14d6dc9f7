package dev.convoke.metrics.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The records of an event file: each has its length, a checksum of the length, its data and a checksum of the data.
 * Checksums are CRC-32C, masked because data may hold checksums itself.
 */
final class EventRecords {

    private static final int MASK = 0xA282EAD8;
    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void add(byte[] data) {
        byte[] length = littleEndian(data.length, Long.BYTES);
        out.writeBytes(length);
        out.writeBytes(littleEndian(masked(length), Integer.BYTES));
        out.writeBytes(data);
        out.writeBytes(littleEndian(masked(data), Integer.BYTES));
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    /**
     * Reads records up to the first that is damaged.
     *
     * @param record hears the data of each
     * @return how many bytes were whole records: all of them, unless something is damaged
     */
    static int read(byte[] file, Consumer<byte[]> record) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int whole = 0;
        while (bytes.remaining() >= HEADER) {
            byte[] length = new byte[Long.BYTES];
            bytes.get(length);
            long count = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (bytes.getInt() != masked(length) || count < 0 || count > bytes.remaining() - Integer.BYTES) {
                return whole;
            }
            byte[] data = new byte[(int) count];
            bytes.get(data);
            if (bytes.getInt() != masked(data)) {
                return whole;
            }
            record.accept(data);
            whole = bytes.position();
        }
        return whole;
    }

    private static int masked(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return Integer.rotateRight((int) checksum.getValue(), 15) + MASK;
    }

    private static byte[] littleEndian(long value, int bytes) {
        byte[] result = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            result[i] = (byte) (value >>> (8 * i));
        }
        return result;
    }
}
