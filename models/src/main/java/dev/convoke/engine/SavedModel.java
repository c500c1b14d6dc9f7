package dev.convoke.engine;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.dl4j.ModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.util.function.Supplier;

/** A network and its state out of a {@code model.zip}, for those who know nothing of DL4J. */
public final class SavedModel {

    private final ModelFile.Model model;
    private final StateLayout layout;

    private SavedModel(ModelFile.Model model) {
        this.model = model;
        this.layout = StateLayouts.of(model.configuration());
    }

    /**
     * Reads a model file; runs no code from it.
     *
     * @param in read to the end of the archive; left open
     * @throws dev.convoke.engine.dl4j.RejectedModelException if the file is damaged, unsafe or not a network of known
     *     layers
     */
    public static SavedModel read(InputStream in) throws IOException {
        return new SavedModel(ModelFile.read(in));
    }

    /** Returns where everything stands in its state. */
    public StateLayout layout() {
        return layout;
    }

    /** Returns its parameters, in flat DL4J order; a view, not to be changed. */
    public FloatBuffer parameters() {
        return model.state().slice(0, layout.parameterCount());
    }

    /**
     * Opens a replica holding the model's parameters; its updater state is all zeros.
     *
     * @param engine the name of the engine
     * @param gpu asked for the GPU to compute on, if the engine needs one
     * @throws EngineUnavailableException if the engine cannot run here or cannot compute this network
     */
    public Replica openReplica(String engine, ReplicaSettings settings, Supplier<Gpu> gpu) {
        Engine chosen = Engines.byName(engine);
        Replica replica = chosen.needsGpu()
                ? chosen.openOn(gpu.get(), model.configuration(), settings)
                : chosen.open(model.configuration(), settings);
        try {
            replica.writeState(0, parameters());
            return replica;
        } catch (RuntimeException | Error failed) {
            replica.close();
            throw failed;
        }
    }
}
