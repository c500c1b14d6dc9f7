package dev.convoke.shard;

import java.io.Serializable;
import java.util.List;

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
     */
    public record RowGroup(int rows, long offset, int bytes, int crc32c) implements Serializable {

        private static final long serialVersionUID = 1L;
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
