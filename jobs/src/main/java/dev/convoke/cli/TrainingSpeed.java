package dev.convoke.cli;

import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;

/** How fast this machine trains a network, by a few steps on noise. */
final class TrainingSpeed {

    private static final int LARGEST_BATCH = 8;
    private static final int STEPS = 3;

    private TrainingSpeed() {}

    /**
     * Returns examples a second with all cores, after one step to warm up.
     *
     * @throws UsageException if the network's engine computes on a GPU: plans are made where there is none
     */
    static double imagesPerSecond(NetworkJob job) {
        if (job.needsGpu()) {
            throw new UsageException("How fast a GPU trains is not measured here: give --images-per-second, what one"
                    + " executor trains by the metrics of a run");
        }
        int batch = Math.min(LARGEST_BATCH, job.batch());
        Minibatch noise = new Minibatch(job.network().input(), job.network().classes(), batch);
        for (int i = 0; i < noise.images().capacity(); i++) {
            noise.images().put(i, (float) Keys.normal(i));
        }
        for (int row = 0; row < batch; row++) {
            noise.target(row, row % job.network().classes(), 0);
        }
        noise.resize(batch);
        try (Replica replica = job.openReplica(Runtime.getRuntime().availableProcessors())) {
            replica.train(noise, new Replica.Step(1e-3, 1));
            long started = System.nanoTime();
            for (int step = 0; step < STEPS; step++) {
                replica.train(noise, new Replica.Step(1e-3, 2 + step));
            }
            return STEPS * batch * 1e9 / (System.nanoTime() - started);
        }
    }
}
