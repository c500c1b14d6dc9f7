package dev.convoke.metrics.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the fields of one protocol buffer message; the wire format is small enough to need no library. */
final class ProtocolBuffer {

    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtocolBuffer whole(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    ProtocolBuffer decimal(int field, double value) {
        tag(field, EIGHT_BYTES);
        fixed(Double.doubleToRawLongBits(value), Double.BYTES);
        return this;
    }

    ProtocolBuffer single(int field, float value) {
        tag(field, FOUR_BYTES);
        fixed(Float.floatToRawIntBits(value), Float.BYTES);
        return this;
    }

    ProtocolBuffer text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtocolBuffer message(int field, ProtocolBuffer value) {
        return bytes(field, value.toBytes());
    }

    ProtocolBuffer bytes(int field, byte[] value) {
        tag(field, LENGTH);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    /** Writes a packed list of decimals. */
    ProtocolBuffer decimals(int field, double[] values) {
        ProtocolBuffer packed = new ProtocolBuffer();
        for (double value : values) {
            packed.fixed(Double.doubleToRawLongBits(value), Double.BYTES);
        }
        return message(field, packed);
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    private void tag(int field, int type) {
        varint(((long) field << 3) | type);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private void fixed(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }
}
