package dev.convoke.shard.ingest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;

/**
 * Reads the one kind of MATLAB file that ImageNet's development kit has: level 5, an array of structures of texts and
 * numbers (MathWorks, "MAT-File Format"). Everything else in such a file is passed over or refused.
 */
final class MatFile {

    private static final int HEADER = 128;
    private static final int LARGEST = 64 << 20;
    private static final int MATRIX = 14;
    private static final int COMPRESSED = 15;
    private static final int STRUCTURES = 2;
    private static final int TEXT = 4;
    private static final int FIRST_NUMBER = 6;

    private MatFile() {}

    /** One element: its type and its data. */
    private record Element(int type, ByteBuffer data) {}

    /**
     * Returns the structures of the first structure array of a file, each as texts by field; numbers are written out,
     * fields of other kinds are left out.
     *
     * @throws IOException if the file is not of this kind or damaged
     */
    static List<Map<String, String>> structures(byte[] file) throws IOException {
        if (file.length < HEADER || file[126] != 'I' || file[127] != 'M') {
            throw new IOException("it is no little-endian MATLAB file of level 5");
        }
        try {
            ByteBuffer all = slice(ByteBuffer.wrap(file), HEADER, file.length - HEADER);
            while (all.remaining() >= 8) {
                Element element = next(all);
                if (element.type() == COMPRESSED) {
                    element = next(inflated(element.data()));
                }
                if (element.type() == MATRIX) {
                    List<Map<String, String>> found = structures(element.data());
                    if (!found.isEmpty()) {
                        return found;
                    }
                }
            }
        } catch (RuntimeException e) { // buffers that end early, sizes below zero
            throw new IOException("it is a damaged MATLAB file", e);
        }
        throw new IOException("it holds no structures");
    }

    private static ByteBuffer inflated(ByteBuffer data) throws IOException {
        byte[] packed = new byte[data.remaining()];
        data.get(packed);
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
            byte[] plain = in.readNBytes(LARGEST);
            return slice(ByteBuffer.wrap(plain), 0, plain.length);
        }
    }

    private static ByteBuffer slice(ByteBuffer from, int start, int length) {
        return from.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Element next(ByteBuffer from) {
        int tag = from.getInt();
        boolean small = tag >>> 16 != 0;
        int type = small ? tag & 0xFFFF : tag;
        int length = small ? tag >>> 16 : from.getInt();
        Element element = new Element(type, slice(from, from.position(), length));
        int step = small ? 4 : type == COMPRESSED ? length : length + 7 & ~7;
        from.position(Math.min(from.limit(), from.position() + step));
        return element;
    }

    private static List<Map<String, String>> structures(ByteBuffer matrix) {
        int kind = next(matrix).data().get(0);
        ByteBuffer dimensions = next(matrix).data();
        next(matrix);
        List<Map<String, String>> found = new ArrayList<>();
        if (kind != STRUCTURES) {
            return found;
        }
        int count = 1;
        while (dimensions.hasRemaining()) {
            count = Math.multiplyExact(count, dimensions.getInt());
        }
        int nameLength = next(matrix).data().getInt();
        ByteBuffer names = next(matrix).data();
        List<String> fields = new ArrayList<>();
        while (names.remaining() >= nameLength && nameLength > 0) {
            byte[] name = new byte[nameLength];
            names.get(name);
            fields.add(new String(name, StandardCharsets.US_ASCII).replaceAll("\0.*", ""));
        }
        for (int i = 0; i < count; i++) {
            Map<String, String> one = new HashMap<>();
            for (String field : fields) {
                String value = value(next(matrix).data());
                if (!value.isEmpty()) {
                    one.put(field, value);
                }
            }
            found.add(one);
        }
        return found;
    }

    private static String value(ByteBuffer matrix) {
        if (!matrix.hasRemaining()) {
            return "";
        }
        int kind = next(matrix).data().get(0);
        next(matrix);
        next(matrix);
        if ((kind != TEXT && kind < FIRST_NUMBER) || !matrix.hasRemaining()) {
            return "";
        }
        Element data = next(matrix);
        StringBuilder text = new StringBuilder();
        while (data.data().hasRemaining()) {
            double number = number(data);
            if (kind == TEXT) {
                text.append((char) number);
            } else {
                text.append(text.isEmpty() ? "" : " ")
                        .append(number == Math.rint(number) ? "" + (long) number : "" + number);
            }
        }
        return text.toString();
    }

    /** Numbers are stored in the smallest type that holds them. */
    private static double number(Element element) {
        ByteBuffer data = element.data();
        return switch (element.type()) {
            case 1 -> data.get();
            case 2, 16 -> data.get() & 0xFF;
            case 3 -> data.getShort();
            case 4, 17 -> data.getShort() & 0xFFFF;
            case 5 -> data.getInt();
            case 6 -> data.getInt() & 0xFFFF_FFFFL;
            case 7 -> data.getFloat();
            case 9 -> data.getDouble();
            default -> throw new IllegalArgumentException("A number of type " + element.type());
        };
    }
}
