package dev.convoke.training;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.storage.Location;
import java.util.List;

/** Passes everything on to another runner; tests override what they want to see or spoil. */
abstract class ForwardingRunner implements RoundRunner {

    private final RoundRunner runner;

    ForwardingRunner(RoundRunner runner) {
        this.runner = runner;
    }

    @Override
    public StateLayout layout() {
        return runner.layout();
    }

    @Override
    public RunState start() {
        return runner.start();
    }

    @Override
    public RunState restore(Location folder, List<SliceEntry> slices, int roundsDone) {
        return runner.restore(folder, slices, roundsDone);
    }

    @Override
    public RoundResult run(Round round, RunState state) {
        return runner.run(round, state);
    }

    @Override
    public void startSaving(RunState state, Location folder) {
        runner.startSaving(state, folder);
    }

    @Override
    public List<SliceEntry> save(RunState state, Location folder) {
        return runner.save(state, folder);
    }

    @Override
    public void release(RunState state) {
        runner.release(state);
    }

    @Override
    public void close() {
        runner.close();
    }
}
