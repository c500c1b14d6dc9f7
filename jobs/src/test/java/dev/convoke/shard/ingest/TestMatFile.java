package dev.convoke.shard.ingest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;

/** Writes MATLAB files of level 5 as MathWorks describes them: one array of structures called {@code synsets}. */
public final class TestMatFile {

    private static final List<String> FIELDS = List.of("ILSVRC2012_ID", "WNID", "words");

    private TestMatFile() {}

    /** Returns a file of structures with these fields; the identifier is a number, the others are texts. */
    public static byte[] of(List<Map<String, String>> structures, boolean compressed) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(element(6, ints(2, 0)));
        body.writeBytes(element(5, ints(structures.size(), 1)));
        body.writeBytes(element(1, "synsets".getBytes(StandardCharsets.US_ASCII)));
        body.writeBytes(small(5, ints(32)));
        byte[] names = new byte[32 * FIELDS.size()];
        for (int i = 0; i < FIELDS.size(); i++) {
            byte[] name = FIELDS.get(i).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(name, 0, names, 32 * i, name.length);
        }
        body.writeBytes(element(1, names));
        for (Map<String, String> structure : structures) {
            for (String field : FIELDS) {
                String value = structure.getOrDefault(field, "");
                body.writeBytes(field.equals("ILSVRC2012_ID") ? number(Integer.parseInt(value)) : text(value));
            }
        }
        byte[] matrix = element(14, body.toByteArray());
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        byte[] header = new byte[128];
        header[124] = 0;
        header[125] = 1;
        header[126] = 'I';
        header[127] = 'M';
        file.writeBytes(header);
        file.writeBytes(compressed ? packed(matrix) : matrix);
        return file.toByteArray();
    }

    /** MATLAB stores a whole number in the smallest type that holds it. */
    private static byte[] number(int value) {
        ByteArrayOutputStream matrix = start(6, 1);
        matrix.writeBytes(
                value < 256
                        ? small(2, new byte[] {(byte) value})
                        : small(4, new byte[] {(byte) value, (byte) (value >> 8)}));
        return element(14, matrix.toByteArray());
    }

    private static byte[] text(String value) {
        ByteArrayOutputStream matrix = start(4, value.length());
        ByteBuffer letters = ByteBuffer.allocate(2 * value.length()).order(ByteOrder.LITTLE_ENDIAN);
        value.chars().forEach(c -> letters.putShort((short) c));
        matrix.writeBytes(element(4, letters.array()));
        return element(14, matrix.toByteArray());
    }

    private static ByteArrayOutputStream start(int kind, int columns) {
        ByteArrayOutputStream matrix = new ByteArrayOutputStream();
        matrix.writeBytes(element(6, ints(kind, 0)));
        matrix.writeBytes(element(5, ints(1, columns)));
        matrix.writeBytes(element(1, new byte[0]));
        return matrix;
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    private static byte[] element(int type, byte[] data) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + (data.length + 7) / 8 * 8).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putInt(type).putInt(data.length).put(data).array();
    }

    private static byte[] small(int type, byte[] data) {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putInt(data.length << 16 | type).put(data).array();
    }

    private static byte[] packed(byte[] matrix) {
        Deflater deflater = new Deflater();
        deflater.setInput(matrix);
        deflater.finish();
        byte[] packed = new byte[matrix.length + 100];
        int length = deflater.deflate(packed);
        deflater.end();
        ByteBuffer bytes = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putInt(15).putInt(length).put(packed, 0, length).array();
    }
}
