package dev.convoke.spark;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Where an image goes: which shard, and where among its rows.
 *
 * @param slot index of the shard in the plan
 * @param row rows are sorted by it
 * @param path decides between equal rows, so that the order is always the same
 */
record ShardKey(int slot, long row, String path) implements Serializable, Comparable<ShardKey> {

    private static final long serialVersionUID = 1L;
    private static final Comparator<ShardKey> ORDER = Comparator.comparingInt(ShardKey::slot)
            .thenComparingLong(ShardKey::row)
            .thenComparing(ShardKey::path);

    @Override
    public int compareTo(ShardKey other) {
        return ORDER.compare(this, other);
    }
}
