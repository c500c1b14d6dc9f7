package dev.convoke.training;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader;
import dev.convoke.checkpoint.RunOwnedException;
import dev.convoke.storage.Location;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes states checkpoints, one at a time. The slices are written while the next round is trained; nothing is
 * committed, and nobody is told, before all of them are durable. Not thread-safe.
 */
final class StateSaver {

    private static final Logger LOG = LoggerFactory.getLogger(StateSaver.class);

    private final RoundRunner runner;
    private final RunPlan plan;
    private final CheckpointPlan checkpoints;
    private @Nullable Pending pending;

    private record Pending(RunState state, Location folder, double startMillis) {}

    /**
     * A committed state.
     *
     * @param times what it took
     */
    record Saved(Checkpoint checkpoint, CheckpointTimes times) {}

    StateSaver(RoundRunner runner, RunPlan plan, CheckpointPlan checkpoints) {
        this.runner = runner;
        this.plan = plan;
        this.checkpoints = checkpoints;
    }

    /** Begins to save a state, which must not be released before {@link #finish} or {@link #drop}. */
    void begin(RunState state) {
        if (pending != null) {
            throw new IllegalStateException("The state after round " + pending.state.roundsDone()
                    + " is not saved yet: one checkpoint is written at a time");
        }
        long started = System.nanoTime();
        Location folder = checkpoints.store().begin(state.roundsDone());
        pending = new Pending(state, folder, 0);
        try {
            runner.startSaving(state, folder);
        } catch (RuntimeException failed) {
            drop(failed);
            throw failed;
        }
        pending = new Pending(state, folder, millisSince(started));
    }

    /** Returns whether a state is on its way to disk. */
    boolean isSaving() {
        return pending != null;
    }

    /** Waits until the state that was begun is durable, and commits it. */
    Saved finish() {
        Pending now = pending;
        if (now == null) {
            throw new IllegalStateException("No checkpoint was begun");
        }
        long started = System.nanoTime();
        try {
            SavedState saved = runner.save(now.state, now.folder);
            long durable = System.nanoTime();
            Checkpoint checkpoint =
                    checkpoints.store().commit(now.folder, header(now.state.roundsDone()), saved.slices());
            pending = null;
            return new Saved(
                    checkpoint,
                    new CheckpointTimes(
                            now.startMillis + millisSince(started), saved.writeMillis() + millisSince(durable)));
        } catch (RuntimeException failed) {
            drop(failed);
            throw failed;
        }
    }

    /**
     * Gives up what was begun, if anything was.
     *
     * @param reason what made it necessary; what goes wrong now is noted beside it
     * @throws RunOwnedException if the run has another owner by now: then that is why
     */
    void drop(RuntimeException reason) {
        Pending now = pending;
        pending = null;
        if (now == null) {
            return;
        }
        try {
            checkpoints.store().abandon(now.folder);
        } catch (RunOwnedException whyItFailed) {
            whyItFailed.addSuppressed(reason);
            throw whyItFailed;
        } catch (RuntimeException alsoFailed) {
            LOG.warn("Left {} behind for the next owner to delete: {}", now.folder, alsoFailed.getMessage());
            reason.addSuppressed(alsoFailed);
        }
    }

    private CheckpointHeader header(int done) {
        int epoch =
                done < plan.roundCount() ? plan.epochOf(done) : plan.settings().epochs();
        return new CheckpointHeader(
                done, epoch, plan.examplesBefore(done), checkpoints.identity(), runner.layout(), checkpoints.changes());
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }
}
