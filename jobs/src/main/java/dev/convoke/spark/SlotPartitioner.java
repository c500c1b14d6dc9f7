package dev.convoke.spark;

import org.apache.spark.Partitioner;

/** One partition a shard. */
final class SlotPartitioner extends Partitioner {

    private static final long serialVersionUID = 1L;

    private final int slots;

    SlotPartitioner(int slots) {
        this.slots = slots;
    }

    @Override
    public int numPartitions() {
        return slots;
    }

    @Override
    public int getPartition(Object key) {
        return ((ShardKey) key).slot();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SlotPartitioner partitioner && partitioner.slots == slots;
    }

    @Override
    public int hashCode() {
        return slots;
    }
}
