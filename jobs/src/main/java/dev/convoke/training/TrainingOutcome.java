package dev.convoke.training;

import dev.convoke.checkpoint.Checkpoint;

/**
 * How a training ended.
 *
 * @param end why
 * @param checkpoint the last one; everything that was trained is in it
 */
public record TrainingOutcome(End end, Checkpoint checkpoint) {

    /** Why a training ended. */
    public enum End {
        /** All rounds are done. */
        COMPLETED,
        /** It was asked to stop; it can be continued. */
        STOPPED
    }
}
