package dev.convoke.training;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.provenance.LogKeys;
import dev.convoke.training.TrainingOutcome.End;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Trains a run from wherever it stands to its end, round by round:
 *
 * <ol>
 *   <li>take the initial state, or that of a checkpoint;
 *   <li>run the next round and accept its result;
 *   <li>tell the listeners;
 *   <li>begin a checkpoint if it is time, and commit it before the next round counts; tell the listeners if an epoch is
 *       done;
 *   <li>stop if asked to, with everything committed.
 * </ol>
 *
 * <p>Where it started, where it was stopped and what was lost on the way change nothing in the bytes of the result.
 * Knows no cluster: the {@link RoundRunner} does the work. Not thread-safe.
 */
public final class TrainingLoop {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingLoop.class);

    /** How often the state may be lost in or before the same round until the run gives up. */
    private static final int LOSSES_BEFORE_GIVING_UP = 5;

    private final RoundRunner runner;
    private final RunPlan plan;
    private final CheckpointPlan checkpoints;
    private final StateSaver saver;
    private final List<RoundListener> listeners;
    private final BooleanSupplier stopRequested;

    private @Nullable Checkpoint last;
    private @Nullable RunState previous;
    private RunState current;
    private int lossesInARow;
    private int furthestLoss = -1;

    /**
     * Prepares a run; loads or makes its first state.
     *
     * @param runner used, not closed
     * @param from the checkpoint to continue from; its identity has been checked
     * @param stopRequested asked after each round; may be set by a signal handler
     */
    public TrainingLoop(
            RoundRunner runner,
            RunPlan plan,
            CheckpointPlan checkpoints,
            Optional<Checkpoint> from,
            List<RoundListener> listeners,
            BooleanSupplier stopRequested) {
        this.runner = runner;
        this.plan = plan;
        this.checkpoints = checkpoints;
        this.saver = new StateSaver(runner, plan, checkpoints);
        this.listeners = List.copyOf(listeners);
        this.stopRequested = stopRequested;
        this.last = from.orElse(null);
        this.current = lastCommitted();
    }

    /**
     * Trains to the end, or until asked to stop. A round that fails after the request counts as given up.
     *
     * @throws TrainingDivergedException if a loss or a state is not finite or beyond its limits; nothing of that round
     *     is committed, everything before it is
     * @throws UnacceptableResultException if a round's results are not as planned; nothing of that round is committed
     * @throws DroppedDataException if the master leaves out examples; nothing of that round is committed
     * @throws StateLostException if processes that hold the state keep dying
     */
    public TrainingOutcome run() {
        tell(listener -> listener.started(plan, current.roundsDone()));
        try {
            boolean stopping = false;
            while (current.roundsDone() < plan.roundCount() && !stopping) {
                try {
                    stopping = stopRequested.getAsBoolean() || !doRound(plan.round(current.roundsDone()));
                    stopping |= stopRequested.getAsBoolean();
                    saveIfTime(stopping);
                } catch (StateLostException lost) {
                    stopping = false;
                    goBack(lost);
                }
            }
        } catch (TrainingDivergedException | UnacceptableResultException | DroppedDataException refused) {
            // The state before the refused round is good, and may be on its way to disk.
            finishSaving();
            throw refused;
        } catch (RuntimeException failed) {
            saver.drop(failed);
            throw failed;
        } finally {
            MDC.remove(LogKeys.ROUND);
        }
        return new TrainingOutcome(current.roundsDone() < plan.roundCount() ? End.STOPPED : End.COMPLETED, committed());
    }

    /** Returns whether the round is done; it is not when it was cut short on request. */
    private boolean doRound(Round round) {
        MDC.put(LogKeys.ROUND, Integer.toString(round.number()));
        long started = System.nanoTime();
        RoundResult result;
        try {
            result = runner.run(round, current);
        } catch (TrainingDivergedException
                | UnacceptableResultException
                | DroppedDataException
                | StateLostException told) {
            throw told;
        } catch (RuntimeException failed) {
            if (!stopRequested.getAsBoolean()) {
                throw failed;
            }
            LOG.warn("Gave up round {} to stop in time: {}", round.number(), failed.getMessage());
            return false;
        }
        accept(round, result);
        double millis = (System.nanoTime() - started) / 1e6;
        // Before the round counts: so at most one round that was told done is done again after a crash.
        finishSaving();
        releasePrevious();
        previous = current;
        current = result.state();
        RoundSummary summary = new RoundSummary(
                round,
                result.workers(),
                result.divergence(),
                result.bytesMoved(),
                result.memory(),
                result.phaseMillis(),
                plan.lastLearningRate(round),
                plan.examplesBefore(current.roundsDone()),
                millis);
        tell(listener -> listener.roundDone(summary));
        return true;
    }

    private static void accept(Round round, RoundResult result) {
        Acceptance.check(round, result.workers());
        if (!Double.isFinite(result.divergence())) {
            throw new TrainingDivergedException("The workers of round " + round.number() + " are apart by "
                    + result.divergence() + ": lower the learning rate or lengthen its warm-up");
        }
        if (result.state().roundsDone() != round.number() + 1) {
            throw new UnacceptableResultException("Round " + round.number() + " gave a state with "
                    + result.state().roundsDone() + " rounds behind it");
        }
    }

    private void saveIfTime(boolean stopping) {
        int done = current.roundsDone();
        boolean epochDone = done > 0 && plan.roundsBefore(plan.epochOf(done - 1) + 1) == done;
        boolean committedBefore = last != null && last.header().roundsDone() >= done;
        if (!committedBefore
                && !saver.isSaving()
                && (stopping || epochDone || (done > 0 && done % checkpoints.everyRounds() == 0))) {
            saver.begin(current);
        }
        if (stopping || epochDone) {
            finishSaving();
        }
    }

    private void finishSaving() {
        if (!saver.isSaving()) {
            return;
        }
        StateSaver.Saved saved = saver.finish();
        Checkpoint checkpoint = saved.checkpoint();
        last = checkpoint;
        tell(listener -> listener.checkpointed(checkpoint, saved.times()));
        int done = checkpoint.header().roundsDone();
        int epoch = done == 0 ? 0 : plan.epochOf(done - 1);
        if (done > 0 && plan.roundsBefore(epoch + 1) == done) {
            tell(listener -> listener.epochDone(epoch, checkpoint));
        }
    }

    private void goBack(StateLostException lost) {
        lossesInARow = current.roundsDone() > furthestLoss ? 1 : lossesInARow + 1;
        furthestLoss = Math.max(furthestLoss, current.roundsDone());
        int from = current.roundsDone();
        if (lossesInARow > LOSSES_BEFORE_GIVING_UP) {
            throw new StateLostException("Gave up in round " + from + ": the state was lost " + lossesInARow
                    + " times, each time with the processes that held it (" + lost.getMessage() + "). Usually executors"
                    + " need more memory than they were given: raise spark.executor.memoryOverhead or"
                    + " spark.executor.memory and look at the logs of those that ended; what is committed is intact,"
                    + " the same command goes on from there");
        }
        saveBeforeGoingBack();
        runner.release(current);
        int committed = last == null ? 0 : last.header().roundsDone();
        if (previous != null && previous.roundsDone() >= committed) {
            current = previous;
        } else {
            releasePrevious();
            current = lastCommitted();
        }
        previous = null;
        LOG.warn("Going back from round {} to round {}: {}", from, current.roundsDone(), lost.getMessage());
        tell(listener -> listener.wentBack(from, current.roundsDone()));
    }

    /** What is on its way to disk may be there already although its state is gone. */
    private void saveBeforeGoingBack() {
        try {
            finishSaving();
        } catch (StateLostException alsoGone) {
            LOG.warn("The checkpoint of round {} is lost with its state", current.roundsDone());
        }
    }

    private RunState lastCommitted() {
        if (last == null) {
            return runner.start();
        }
        return runner.restore(last.folder(), last.slices(), last.header().roundsDone());
    }

    private Checkpoint committed() {
        if (last == null) {
            throw new IllegalStateException("The run has no rounds to train and no checkpoint to show");
        }
        return last;
    }

    private void releasePrevious() {
        if (previous != null) {
            runner.release(previous);
        }
    }

    private void tell(Consumer<RoundListener> event) {
        listeners.forEach(event);
    }
}
