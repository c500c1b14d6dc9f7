package dev.convoke.training;

import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.RunIdentity;
import java.util.List;

/**
 * Where, when and under which name a run's state is kept.
 *
 * @param store of the run directory, which the caller owns and has recovered
 * @param identity what the run's bytes depend on
 * @param changes what of the identity was changed on the way, oldest first
 * @param everyRounds rounds between two checkpoints, at least 1; the end of an epoch and a stop always make one
 */
public record CheckpointPlan(CheckpointStore store, RunIdentity identity, List<Change> changes, int everyRounds) {

    /** Copies the list and checks the interval. */
    public CheckpointPlan {
        changes = List.copyOf(changes);
        new Problems()
                .require(everyRounds >= 1, "everyRounds: " + everyRounds + " is not at least 1")
                .throwIfAny();
    }
}
