package dev.convoke.engine;

import dev.convoke.models.ImageShape;
import dev.convoke.models.LayerRates;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.jspecify.annotations.Nullable;

/** What computes a replica's steps. Implementations are stateless and safe to share. */
public interface Engine {

    /** Returns the name a recipe selects this engine by. */
    String name();

    /**
     * Returns the name of the engine that {@link #open} would open a replica of: this one, unless it only chooses among
     * others.
     */
    default String nameFor(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        return name();
    }

    /**
     * Opens a replica holding the initial state of the configuration.
     *
     * @param configuration one of the catalog's, or any graph the engine can compute
     * @throws EngineUnavailableException if this machine or this graph cannot be computed; the message names the
     *     missing feature or the layer, and the remedy
     * @throws ReplicaTooLargeException if it needs more memory than it may take
     */
    Replica open(ComputationGraphConfiguration configuration, ReplicaSettings settings);

    /** Returns whether each replica computes on a GPU of its own. */
    default boolean needsGpu() {
        return false;
    }

    /** Returns whether its replicas take minibatches whose images are bytes, see {@link Minibatch#ofPixels}. */
    default boolean takesPixels() {
        return false;
    }

    /**
     * Opens a replica that computes on a GPU.
     *
     * @throws EngineUnavailableException if this engine computes on none, or not on this one
     */
    default Replica openOn(Gpu gpu, ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        throw new EngineUnavailableException(
                "The " + name() + " engine computes on no GPU: choose engine: cuda, or ask for no GPUs");
    }

    /**
     * How a replica may use the machine.
     *
     * @param threads CPU threads it computes with, no more and no fewer
     * @param batch the largest minibatch it will be given
     * @param precision what activations and gradients are computed in
     * @param rates how fast each layer learns
     * @param images the shape of the examples; null if only the first minibatch tells, and then whether the library an
     *     engine computes with takes every layer shows no sooner
     */
    record ReplicaSettings(
            int threads,
            int batch,
            Precision precision,
            LayerRates rates,
            @Nullable ImageShape images) {

        /** A replica whose layers all learn alike. */
        public ReplicaSettings(int threads, int batch, Precision precision) {
            this(threads, batch, precision, LayerRates.SAME);
        }

        /** A replica for images of a shape that its first minibatch tells. */
        public ReplicaSettings(int threads, int batch, Precision precision, LayerRates rates) {
            this(threads, batch, precision, rates, null);
        }

        /** Rejects a replica that could not compute. */
        public ReplicaSettings {
            if (threads < 1 || batch < 1) {
                throw new IllegalArgumentException("A replica needs at least one thread and room for one example, got "
                        + threads + " threads and a batch of " + batch);
            }
        }

        /** Returns the same settings for images of this shape. */
        public ReplicaSettings forImages(ImageShape shape) {
            return new ReplicaSettings(threads, batch, precision, rates, shape);
        }
    }

    /** The number format of activations and gradients; parameters are always kept in float32. */
    enum Precision {
        FLOAT32,
        /** Float32 whose products are of values rounded to 10 bits after the point: on GPUs only. */
        TF32,
        BFLOAT16
    }
}
