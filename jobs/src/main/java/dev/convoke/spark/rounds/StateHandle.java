package dev.convoke.spark.rounds;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;

/**
 * Where the slices of a state live. Small: it travels with every task.
 *
 * @param space the number its blocks are named with
 * @param homes the executor of each owner's slices
 * @param zeroUpdater whether its updater state is zero, and has no blocks
 */
record StateHandle(int space, List<BlockManagerId> homes, boolean zeroUpdater) implements Serializable {

    StateHandle {
        homes = List.copyOf(homes);
    }

    /** Returns how to fetch a block of this state. */
    SliceStream.Wanted wanted(int length, int index, int owner) {
        return new SliceStream.Wanted(space, index, length, candidates(owner));
    }

    /** Returns the executors that may hold an owner's slices: its home first, then the one that keeps copies. */
    List<BlockManagerId> candidates(int owner) {
        BlockManagerId home = homes.get(owner);
        BlockManagerId keeper = keeperOf(home);
        return keeper.equals(home) ? List.of(home) : List.of(home, keeper);
    }

    /** Returns whether an executor should keep a copy of an owner's slices when it has fetched them anyway. */
    boolean isKeptBy(BlockManagerId executor, int owner) {
        BlockManagerId home = homes.get(owner);
        return !executor.equals(home) && keeperOf(home).equals(executor);
    }

    /** The next executor in the order of the owners, so that the loss of one loses no slice. */
    private BlockManagerId keeperOf(BlockManagerId home) {
        List<BlockManagerId> distinct = homes.stream().distinct().toList();
        return distinct.get((distinct.indexOf(home) + 1) % distinct.size());
    }
}
