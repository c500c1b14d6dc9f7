package dev.convoke.bench.checkpoint;

import dev.convoke.checkpoint.BackgroundDeletion;
import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.engine.StateLayout;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.util.List;

/** A run directory with its checkpoints, of which it keeps two, as a training run has it. */
final class OwnedRun implements AutoCloseable {

    private static final RunIdentity IDENTITY = new RunIdentity(1, 1, 16, "every 16", "data", "network", "recipe");

    private final BackgroundDeletion deletion;
    private final CheckpointStore checkpoints;

    OwnedRun(LocalFileStore store, Location run) {
        RunOwnership ownership = RunOwnership.acquire(store, run, Takeover.FROM_ANYONE);
        this.deletion = new BackgroundDeletion(store);
        this.checkpoints = new CheckpointStore(store, run, ownership, new Retention(2, 0), deletion::delete);
        checkpoints.recover();
    }

    Location begin(int round) {
        return checkpoints.begin(round);
    }

    Checkpoint commit(Location temporary, int round, StateLayout layout, List<SliceEntry> slices) {
        return checkpoints.commit(
                temporary, new CheckpointHeader(round, 0, round, IDENTITY, layout, List.of()), slices);
    }

    @Override
    public void close() {
        deletion.close();
    }
}
