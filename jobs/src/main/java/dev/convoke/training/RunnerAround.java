package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.storage.Location;
import java.util.List;

/** A runner that leaves to another what it does not do itself; closing it closes the other. */
interface RunnerAround extends RoundRunner {

    /** Returns the other runner. */
    RoundRunner runner();

    @Override
    default StateLayout layout() {
        return runner().layout();
    }

    @Override
    default RunState start() {
        return runner().start();
    }

    @Override
    default RunState restore(Location folder, List<SliceEntry> slices, int roundsDone) {
        return runner().restore(folder, slices, roundsDone);
    }

    @Override
    default RoundResult run(Round round, RunState state) {
        return runner().run(round, state);
    }

    @Override
    default void startSaving(RunState state, Location folder) {
        runner().startSaving(state, folder);
    }

    @Override
    default SavedState save(RunState state, Location folder) {
        return runner().save(state, folder);
    }

    @Override
    default void release(RunState state) {
        runner().release(state);
    }

    @Override
    default void close() {
        runner().close();
    }
}
