package dev.convoke.spark.rounds;

import java.util.Objects;
import org.apache.spark.Partitioner;
import org.jspecify.annotations.Nullable;

/** Sends a message to the owner whose number is its key. */
final class OwnerPartitioner extends Partitioner {

    private final int owners;

    OwnerPartitioner(int owners) {
        this.owners = owners;
    }

    @Override
    public int numPartitions() {
        return owners;
    }

    @Override
    public int getPartition(Object key) {
        return (Integer) key;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OwnerPartitioner same && same.owners == owners;
    }

    @Override
    public int hashCode() {
        return Objects.hash(owners);
    }
}
