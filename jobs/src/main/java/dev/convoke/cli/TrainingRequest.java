package dev.convoke.cli;

import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.config.Recipe;
import dev.convoke.storage.Location;

/**
 * A run somebody asked for.
 *
 * @param recipe the experiment
 * @param data where the dataset is
 * @param out the run directory
 * @param resume what to do about a run that is there already
 * @param takeover from whom the run directory may be taken
 * @param allowedChanges what may differ from the checkpoint it continues from, such as {@code workers}
 */
record TrainingRequest(
        Recipe recipe, Location data, Location out, Resume resume, Takeover takeover, AllowedChanges allowedChanges) {

    /** Returns the same request for another recipe. */
    TrainingRequest with(Recipe other) {
        return new TrainingRequest(other, data, out, resume, takeover, allowedChanges);
    }

    /** What to do about a run that is there already. */
    enum Resume {
        /** Continue it, or start if there is none. */
        AUTO,
        /** Refuse it. */
        NEVER,
        /** Refuse if there is none. */
        MUST
    }
}
