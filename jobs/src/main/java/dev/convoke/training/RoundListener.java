package dev.convoke.training;

import dev.convoke.checkpoint.Checkpoint;

/**
 * Hears how a run goes on: progress lines, metrics, evaluations. Called on the loop's thread, so it should be quick; an
 * exception ends the run. A round that has to be done again is heard again.
 */
public interface RoundListener {

    /** The run starts or continues with so many rounds behind it. */
    default void started(RunPlan plan, int roundsDone) {}

    /** A round is done and accepted. */
    default void roundDone(RoundSummary summary) {}

    /**
     * A checkpoint is committed.
     *
     * @param times what it took
     */
    default void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {}

    /**
     * An epoch is done, and its state committed.
     *
     * @param epoch counts from 0
     */
    default void epochDone(int epoch, Checkpoint checkpoint) {}

    /** The state was lost with the processes that held it; the run goes on from an older one. */
    default void wentBack(int fromRound, int toRound) {}
}
