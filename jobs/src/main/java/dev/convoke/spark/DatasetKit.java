package dev.convoke.spark;

import dev.convoke.data.Augmentation;
import dev.convoke.data.ImageLoader;
import dev.convoke.data.Normalisation;
import dev.convoke.data.TrainingImageLoader;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.storage.Location;
import dev.convoke.training.FeedSettings;
import dev.convoke.training.WorkerKit;

/**
 * What workers need to train a network on the training split of a dataset.
 *
 * @param job which network, and how it computes
 * @param dataset where the shards are; executors open the manifest themselves
 * @param storage the way there
 * @param augmentation how training images are varied
 * @param normalisation what the network's input is scaled by
 * @param feed how examples become minibatches
 * @param cacheMegabytes how much of the dataset each process keeps decoded; 0 for nothing
 */
public record DatasetKit(
        NetworkJob job,
        Location dataset,
        StorageAccess storage,
        Augmentation augmentation,
        Normalisation normalisation,
        FeedSettings feed,
        int cacheMegabytes)
        implements WorkerKit {

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
    public boolean needsGpu() {
        return job.needsGpu();
    }

    @Override
    public boolean takesPixels() {
        return job.takesPixels();
    }

    @Override
    public Replica openReplica(Gpu gpu, int threads) {
        return job.openReplica(gpu, threads);
    }

    @Override
    public ExampleGroups openExamples() {
        return ShardedDataset.open(storage.stores(), dataset).groups(Split.TRAIN);
    }

    @Override
    public ImageLoader openLoader() {
        ImageShape shape = imageShape();
        return cacheMegabytes == 0
                ? new TrainingImageLoader(shape.width(), shape.height(), augmentation, normalisation)
                : new TrainingImageLoader(
                        shape.width(),
                        shape.height(),
                        augmentation,
                        normalisation,
                        DecodedCaches.of(dataset, cacheMegabytes));
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
