package dev.convoke.metrics.tensorboard;

import java.io.ByteArrayOutputStream;
import java.util.zip.CRC32C;

/**
 * The records of an event file: each has its length, a checksum of the length, its data and a checksum of the data.
 * Checksums are CRC-32C, masked because data may hold checksums itself.
 */
final class EventRecords {

    private static final int MASK = 0xA282EAD8;

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
