package dev.convoke.shard;

import dev.convoke.data.Example;
import java.util.List;

/**
 * The examples of one split, in groups that are each one sequential read (a Parquet row group). The seam between the
 * order of training and the format on disk.
 */
public interface ExampleGroups {

    /** Returns the number of examples of each group, in the manifest's order. */
    List<Integer> sizes();

    /**
     * Reads one whole group, in stored order. Verified: damaged bytes are never returned.
     *
     * @throws DamagedDatasetException if the group is not what the manifest promises; names the shard
     */
    List<Example> read(int group);

    /**
     * Returns the labels of one group, in stored order. Cheap where the format knows them; otherwise the group is read.
     *
     * @throws DamagedDatasetException as {@link #read} does
     */
    default int[] labels(int group) {
        return read(group).stream().mapToInt(Example::label).toArray();
    }
}
