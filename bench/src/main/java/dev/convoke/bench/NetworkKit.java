package dev.convoke.bench;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.WorkerKit;

/**
 * A network that is really trained, on images that cost nothing.
 *
 * @param job which network
 * @param examples of an epoch
 */
public record NetworkKit(NetworkJob job, int examples) implements WorkerKit {

    private static final long serialVersionUID = 1L;

    @Override
    public StateLayout layout() {
        return job.layout();
    }

    @Override
    public Replica openReplica(int threads) {
        return job.openReplica(threads);
    }

    @Override
    public ExampleGroups openExamples() {
        return new MadeUpExamples(examples, classes());
    }

    @Override
    public ImageLoader openLoader() {
        return new MadeUpImages(imageShape());
    }

    @Override
    public ImageShape imageShape() {
        return job.network().input();
    }

    @Override
    public int classes() {
        return job.network().classes();
    }
}
