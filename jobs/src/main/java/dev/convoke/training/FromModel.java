package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.storage.Location;
import java.util.List;

/**
 * A runner whose run begins with given parameters instead of random ones. What follows the parameters in the state
 * begins as zeros.
 *
 * @param runner does everything else; closing this closes it
 * @param folder holds the slices
 * @param slices of the parameters, in order, without gaps
 */
public record FromModel(RoundRunner runner, Location folder, List<SliceEntry> slices) implements RunnerAround {

    /** Copies the list. */
    public FromModel {
        slices = List.copyOf(slices);
    }

    @Override
    public RunState start() {
        return runner.restore(folder, slices, 0);
    }
}
