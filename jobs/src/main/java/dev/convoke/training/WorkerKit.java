package dev.convoke.training;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import java.io.Serializable;

/**
 * Makes what a worker needs, in whatever process it runs. Small and immutable: it travels to the executors once a run.
 * Equal kits make equal things everywhere.
 */
public interface WorkerKit extends Serializable {

    /** Returns where everything stands in a replica's state, without opening one. */
    StateLayout layout();

    /** Opens a replica holding the run's initial state, computing with the given number of CPU threads. */
    Replica openReplica(int threads);

    /** Returns whether each worker computes on a GPU of its own. */
    default boolean needsGpu() {
        return false;
    }

    /** Returns whether the replicas take minibatches whose images are bytes, see {@link Minibatch#ofPixels}. */
    default boolean takesPixels() {
        return false;
    }

    /** Opens a replica holding the run's initial state on a GPU; asked only of a kit that needs one. */
    default Replica openReplica(Gpu gpu, int threads) {
        throw new UnsupportedOperationException("These workers compute on no GPU, and were given " + gpu);
    }

    /** Opens the examples of the training split. */
    ExampleGroups openExamples();

    /** Opens a loader with the recipe's augmentation. */
    ImageLoader openLoader();

    /** Returns the shape of one image. */
    ImageShape imageShape();

    /** Returns how many classes a target has. */
    int classes();

    /** Returns how examples become minibatches. */
    default FeedSettings feed() {
        return FeedSettings.DEFAULT;
    }
}
