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
 * @param residuals where stands what rounding lost of the workers' results
 */
record StateHandle(int space, List<BlockManagerId> homes, boolean zeroUpdater, Residuals residuals)
        implements Serializable {

    /**
     * Blocks of what rounding lost, in a space of their own: they stay where the workers left them.
     *
     * @param space the number they are named with
     * @param homes the executor of each worker's; empty where there are none: rounding has lost nothing yet
     */
    record Residuals(int space, List<BlockManagerId> homes) implements Serializable {

        static final Residuals NONE = new Residuals(-1, List.of());

        Residuals {
            homes = List.copyOf(homes);
        }

        /** Returns how to fetch a worker's block. Nobody else keeps a copy. */
        SliceStream.Wanted wanted(int length, int index, int worker) {
            return SliceStream.Wanted.ofValues(space, index, length, List.of(homes.get(worker)));
        }
    }

    StateHandle {
        homes = List.copyOf(homes);
    }

    /** Returns how to fetch a block of this state. */
    SliceStream.Wanted wanted(int length, int index, int owner) {
        return SliceStream.Wanted.ofValues(space, index, length, candidates(owner));
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

    /** The next executor in the order of the owners, so that the loss of one loses no slice that was fetched before. */
    private BlockManagerId keeperOf(BlockManagerId home) {
        List<BlockManagerId> distinct = homes.stream().distinct().toList();
        return distinct.get((distinct.indexOf(home) + 1) % distinct.size());
    }
}
