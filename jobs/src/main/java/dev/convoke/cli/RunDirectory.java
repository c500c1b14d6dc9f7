package dev.convoke.cli;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Recovery;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.engine.StateLayout;
import dev.convoke.shard.ShardManifest;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.StorageException;
import dev.convoke.storage.WriteProbe;
import dev.convoke.training.RunPlan;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a run directory must be before training goes on in it. */
final class RunDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);
    private static final int LARGEST_RECIPE = 1 << 20;

    private final FileStore store;
    private final TrainingRequest request;
    private final ShardManifest manifest;

    RunDirectory(FileStore store, TrainingRequest request, ShardManifest manifest) {
        this.store = store;
        this.request = request;
        this.manifest = manifest;
    }

    /** Refuses what is not there to resume, is there and must not be, or is the run of another recipe. */
    void check() {
        boolean exists = store.exists(request.out().child(RunFiles.RECIPE));
        if (exists && request.resume() == TrainingRequest.Resume.NEVER) {
            throw new UsageException("There is a run at " + request.out()
                    + " already: choose another --out, or continue it with --resume auto");
        }
        if (!exists && request.resume() == TrainingRequest.Resume.MUST) {
            throw new UsageException("There is no run at " + request.out()
                    + " to resume: correct --out, or start one with --resume auto");
        }
        if (exists) {
            String stored = new String(
                    store.read(request.out().child(RunFiles.RECIPE), LARGEST_RECIPE), StandardCharsets.UTF_8);
            RecipeComparison.check(stored, request.recipe(), request, manifest);
        }
    }

    /** Finds out now whether checkpoints and metrics can be written, not after the first round. */
    void probe() {
        WriteProbe.check(store, request.out());
        WriteProbe.check(store, request.out().child("checkpoints"));
    }

    /** Returns the checkpoint to go on from; what cannot be used is logged. */
    Optional<Checkpoint> recover(CheckpointStore checkpoints) {
        Recovery recovery = checkpoints.recover();
        recovery.reasons().lines().forEach(LOG::warn);
        if (recovery.everythingIsLost()) {
            throw new StorageException(
                    "No checkpoint of " + request.out() + " is usable: restore one, or train into another --out. "
                            + recovery.reasons().replace('\n', ' '),
                    null);
        }
        recovery.newest().ifPresent(checkpoint -> LOG.info("Resuming from {}", checkpoint.folder()));
        return recovery.newest();
    }

    /** Returns a checkpoint's history with what was allowed just now; refuses what was not. */
    List<Change> allowedChanges(Checkpoint checkpoint, RunIdentity identity, StateLayout layout, RunPlan plan) {
        CheckpointHeader header = checkpoint.header();
        List<Change> changes = header.changesFor(
                checkpoint.folder(), identity, layout, request.allowedChanges().ofIdentity());
        int rounds = header.roundsDone();
        long seen = rounds <= plan.roundCount() ? plan.examplesBefore(rounds) : -1;
        if (seen != header.examplesSeen()) {
            throw new UsageException(checkpoint.folder() + " has seen " + header.examplesSeen() + " examples in "
                    + rounds + " rounds; with these settings "
                    + (seen < 0 ? "the whole run has only " + plan.roundCount() + " rounds" : "it would be " + seen)
                    + ", so examples of its epoch would be left out or used twice: train into another --out, or keep"
                    + " workers x batch x averaging frequency, the epochs and the number of examples as they were");
        }
        return changes;
    }
}
