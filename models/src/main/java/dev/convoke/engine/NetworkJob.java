package dev.convoke.engine;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.dl4j.InitialState;
import dev.convoke.engine.dl4j.ModelFile;
import dev.convoke.models.LayerRates;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * Which network computes, and how. Travels to executors as these few values, and each process builds the same network
 * from them; no configuration and no array ever travels.
 *
 * @param network which network
 * @param optimizer what a training step does with a gradient
 * @param seed of the initial weights
 * @param engine the name of the engine
 * @param precision of activations and gradients
 * @param batch the largest minibatch
 * @param rates how fast each layer learns
 */
public record NetworkJob(
        NetworkSpec network,
        OptimizerSpec optimizer,
        long seed,
        String engine,
        Precision precision,
        int batch,
        LayerRates rates)
        implements Serializable {

    /** A network whose layers all learn alike. */
    public NetworkJob(
            NetworkSpec network, OptimizerSpec optimizer, long seed, String engine, Precision precision, int batch) {
        this(network, optimizer, seed, engine, precision, batch, LayerRates.SAME);
    }

    /**
     * Checks that the rates name layers of this network.
     *
     * @throws IllegalArgumentException if not; names the nearest layer
     */
    public void requireRates() {
        rates.byLayer(StateLayouts.topologicalOrder(configuration()));
    }

    /** Returns the network's configuration: equal in every process. */
    public ComputationGraphConfiguration configuration() {
        return ModelCatalog.configure(network, optimizer, seed);
    }

    /** Returns where everything stands in a replica's state, without opening one. */
    public StateLayout layout() {
        return StateLayouts.of(configuration());
    }

    /** Returns the name of the engine that computes the network on this machine; never {@code auto}. */
    public String engineHere() {
        return Engines.byName(engine).nameFor(configuration(), settings(1));
    }

    /**
     * Opens a replica holding the initial state.
     *
     * @param threads CPU threads it computes with
     * @throws EngineUnavailableException if the engine cannot run here or cannot compute this network
     */
    public Replica openReplica(int threads) {
        return Engines.byName(engine).open(configuration(), settings(threads));
    }

    /**
     * Returns the parameters of a fresh network with those of a trained one carried over.
     *
     * @param trained of the same kind; its classes may be others
     * @param trainedLabels its class names, by label
     * @param labels this network's class names, by label
     * @throws IllegalArgumentException if it is of another kind; names the first layer that differs
     */
    public FloatBuffer parametersFrom(
            SavedModel trained, List<String> trainedLabels, List<String> labels, Transfer.Head head) {
        StateLayout layout = layout();
        FloatBuffer parameters = ByteBuffer.allocateDirect(Math.multiplyExact(layout.parameterCount(), Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        InitialState.write(configuration(), parameters);
        Transfer.carry(
                new Transfer.Side(trainedLabels, trained.layout(), trained.parameters()),
                new Transfer.Side(labels, layout, parameters),
                head);
        return parameters.rewind();
    }

    /** Returns whether each worker computes on a GPU of its own. */
    public boolean needsGpu() {
        return Engines.byName(engine).needsGpu();
    }

    /** Returns whether the replicas take minibatches whose images are bytes. */
    public boolean takesPixels() {
        return Engines.byName(engine).takesPixels();
    }

    /**
     * Opens a replica holding the initial state on a GPU.
     *
     * @param threads CPU threads beside it
     * @throws EngineUnavailableException if the engine cannot compute on this GPU
     */
    public Replica openReplica(Gpu gpu, int threads) {
        return Engines.byName(engine).openOn(gpu, configuration(), settings(threads));
    }

    private ReplicaSettings settings(int threads) {
        return new ReplicaSettings(threads, batch, precision, rates, network.input());
    }

    /**
     * Writes the network with a state as a plain DL4J model file.
     *
     * @param state the whole state vector, or only the parameters; read from its position to its limit
     * @param out receives the file; left open
     */
    public void writeModel(FloatBuffer state, OutputStream out) throws IOException {
        ModelFile.write(configuration(), state, out);
    }

    /** Returns the digest of the network's configuration, independent of the seed: equal for equal networks. */
    public String architectureDigest() {
        byte[] json = ModelCatalog.configure(network, optimizer, 0).toJson().getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every Java has SHA-256", impossible);
        }
    }
}
