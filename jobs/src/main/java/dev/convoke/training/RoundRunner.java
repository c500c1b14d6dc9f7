package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.storage.Location;
import java.util.List;

/**
 * Runs rounds: hands the state to the workers, lets each train its share, and averages what comes back. The one seam
 * between training and what it runs on; every implementation gives the same bytes for the same rounds.
 */
public interface RoundRunner extends AutoCloseable {

    /** Returns where each parameter stands in the state vector. */
    StateLayout layout();

    /** Returns the initial state: a pure function of the configuration and its seed. */
    RunState start();

    /**
     * Loads a state from checkpoint slices, verifying each digest.
     *
     * @param folder the checkpoint's folder
     * @param slices its manifest's entries, in order
     * @param roundsDone how many rounds the state has behind it
     */
    RunState restore(Location folder, List<SliceEntry> slices, int roundsDone);

    /**
     * Trains one round from {@code state} and averages, in worker order and weighted by examples. {@code state} stays
     * valid until released.
     *
     * @throws TrainingDivergedException if any worker's result is not finite; nothing is averaged then
     */
    RoundResult run(Round round, RunState state);

    /**
     * Begins to write a state as checkpoint slices where that can go on beside the next round; {@link #save} of the
     * same state into the same folder waits for it. The state must not be released before. Does nothing where it
     * cannot.
     */
    default void startSaving(RunState state, Location folder) {}

    /** Writes a state as checkpoint slices into a folder, each durable when this returns. */
    SavedState save(RunState state, Location folder);

    /** Frees what a state occupies. */
    void release(RunState state);

    @Override
    void close();
}
