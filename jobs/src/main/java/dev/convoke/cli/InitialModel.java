package dev.convoke.cli;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.config.Recipe.FineTuning;
import dev.convoke.engine.NetworkJob;
import dev.convoke.evaluation.ServedModel;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.training.FromModel;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.WholeState;
import java.util.List;

/**
 * The parameters a run begins with when it does not begin with random ones: slices in {@code initial/} of the run
 * directory, a pure function of the recipe and the model it names. Written anew whenever a process takes the run up.
 *
 * @param stores serve the run and the model
 * @param run the run directory, which the caller owns
 * @param fineTuning names the model, if any
 */
record InitialModel(FileStores stores, Location run, FineTuning fineTuning) {

    /** Writes the parameters for executors to read; returns the slices, none if the run begins with random ones. */
    List<SliceEntry> write(NetworkJob job, List<String> labels) {
        String from = fineTuning.from();
        if (from == null) {
            return List.of();
        }
        Location model = Location.parse(from);
        FileStore modelStore = stores.of(model);
        stores.of(run).delete(folder());
        try {
            return WholeState.save(
                    stores,
                    folder(),
                    job.parametersFrom(
                            ServedModel.saved(modelStore, model),
                            ServedModel.labels(modelStore, model),
                            labels,
                            fineTuning.head()));
        } catch (IllegalArgumentException another) {
            throw new UsageException("fine_tune.from names " + model + ". " + another.getMessage());
        }
    }

    /** Returns a runner whose run begins with what was written. */
    RoundRunner around(RoundRunner runner, List<SliceEntry> slices) {
        return slices.isEmpty() ? runner : new FromModel(runner, folder(), slices);
    }

    private Location folder() {
        return run.child("initial");
    }
}
