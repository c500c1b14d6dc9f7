package dev.convoke.shard;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * One shard as the manifest lists it.
 *
 * @param file its name below the dataset's folder, such as {@code train/part-00000.parquet}
 * @param split which split it belongs to
 * @param bytes its length
 * @param sha256 digest of the whole file, lower-case hexadecimal
 * @param footerCrc32c checksum of everything behind the last row group
 * @param groups its row groups, in order, without gaps
 */
public record ShardEntry(String file, Split split, long bytes, String sha256, int footerCrc32c, List<RowGroup> groups)
        implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * One row group: one sequential read.
     *
     * @param rows how many examples
     * @param offset its first byte in the file
     * @param bytes its length
     * @param crc32c checksum of its bytes
     * @param labels of its rows, as {@link #encode} writes them; empty in datasets of older programs
     */
    public record RowGroup(int rows, long offset, int bytes, int crc32c, String labels) implements Serializable {

        private static final long serialVersionUID = 1L;

        /** Describes a row group of unknown labels. */
        public RowGroup(int rows, long offset, int bytes, int crc32c) {
            this(rows, offset, bytes, crc32c, "");
        }

        /** Writes labels down: 32 bits each, big-endian, deflated, in base 64. */
        public static String encode(int[] labels) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(labels.length, Integer.BYTES));
            bytes.asIntBuffer().put(labels);
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
            deflater.setInput(bytes.array());
            deflater.finish();
            byte[] small = new byte[bytes.capacity() + 64];
            int length = deflater.deflate(small);
            deflater.end();
            return Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(small, length));
        }

        /**
         * Returns the labels of the rows, or empty if the manifest does not have them.
         *
         * @throws IllegalArgumentException if what it has is not one label for each row
         */
        public Optional<int[]> rowLabels() {
            if (labels.isEmpty()) {
                return Optional.empty();
            }
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(rows, Integer.BYTES));
            Inflater inflater = new Inflater(true);
            inflater.setInput(Base64.getDecoder().decode(labels));
            try {
                if (inflater.inflate(bytes.array()) != bytes.capacity()) {
                    throw new IllegalArgumentException("Too few labels for " + rows + " rows");
                }
            } catch (DataFormatException e) {
                throw new IllegalArgumentException("The labels of a row group are damaged", e);
            } finally {
                inflater.end();
            }
            int[] values = new int[rows];
            bytes.asIntBuffer().get(values);
            return Optional.of(values);
        }
    }

    /** Copies the list. */
    public ShardEntry {
        groups = List.copyOf(groups);
    }

    /** Returns how many examples the shard holds. */
    public long rows() {
        return groups.stream().mapToLong(RowGroup::rows).sum();
    }

    /** Returns the number of examples of each row group. */
    public List<Integer> rowGroupRows() {
        return groups.stream().map(RowGroup::rows).toList();
    }

    /** Returns the first byte behind the last row group. */
    long footerOffset() {
        RowGroup last = groups.get(groups.size() - 1);
        return last.offset() + last.bytes();
    }
}
