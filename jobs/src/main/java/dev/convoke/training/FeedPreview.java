package dev.convoke.training;

import dev.convoke.engine.Minibatch;
import java.util.function.Consumer;

/** Shows the minibatches of a run as its replicas would get them, for people to look at. */
public final class FeedPreview {

    private FeedPreview() {}

    /**
     * Fills the first minibatches of an epoch of the first worker.
     *
     * @param epoch counts from 0
     * @param minibatches how many, at most those of the epoch
     * @param show receives each in order; valid only during the call
     */
    public static void show(WorkerKit kit, RunPlan plan, int epoch, int minibatches, Consumer<Minibatch> show) {
        try (MinibatchFeed feed = new MinibatchFeed(kit, plan, 0)) {
            for (int step = 0; step < Math.min(minibatches, plan.minibatchesOf(0)); step++) {
                Minibatch minibatch = feed.take(epoch, step);
                show.accept(minibatch);
                feed.giveBack(minibatch);
            }
        }
    }
}
