package dev.convoke.bench;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.Averaging;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.WorkerKit;

/**
 * A network that is really trained, on images that cost nothing.
 *
 * @param job which network
 * @param examples of an epoch
 */
public record NetworkKit(NetworkJob job, int examples) implements WorkerKit {

    private static final long serialVersionUID = 1L;

    private static final int SMALLEST_INPUT_PIXELS = 224;
    private static final int CLASSES = 10;
    private static final int ROUNDS = 1000;

    /** Small enough that no loss runs away on noise. */
    public static final double LEARNING_RATE = 1e-4;

    /**
     * Returns a network with momentum in float32, with as many examples as one worker trains in one round.
     *
     * @param minibatches of the round
     */
    public static NetworkKit ofOneRound(String network, int batch, int minibatches) {
        int pixels = Math.max(SMALLEST_INPUT_PIXELS, ModelCatalog.find(network).smallestInputPixels());
        NetworkSpec spec = new NetworkSpec(network, ImageShape.rgb(pixels), CLASSES, null);
        return new NetworkKit(
                new NetworkJob(spec, new OptimizerSpec(0.9, 0, 0), 1, "auto", Precision.FLOAT32, batch),
                batch * minibatches);
    }

    /** Returns the rounds of one worker, each with all examples. */
    public RunPlan plan() {
        return new RunPlan(
                new TrainingSettings(
                        1,
                        1,
                        job.batch(),
                        ROUNDS,
                        Averaging.every(examples / job.batch()),
                        LearningRate.constant(LEARNING_RATE),
                        0,
                        examples),
                examples);
    }

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
