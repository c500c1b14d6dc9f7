package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import java.util.List;
import java.util.function.Supplier;

/**
 * A state whose slices are durable, and not yet a checkpoint.
 *
 * @param slices its files, in the order of the state vector
 * @param writeMillis how long the process that took longest wrote them, beside training or not
 */
public record SavedState(List<SliceEntry> slices, double writeMillis) {

    /** Copies the list. */
    public SavedState {
        slices = List.copyOf(slices);
    }

    /** Returns what is written here and now. */
    public static SavedState writing(Supplier<List<SliceEntry>> work) {
        long started = System.nanoTime();
        List<SliceEntry> slices = work.get();
        return new SavedState(slices, (System.nanoTime() - started) / 1e6);
    }
}
