package dev.convoke.evaluation;

import dev.convoke.data.EvaluationImageLoader;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.Engine;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.SavedModel;
import dev.convoke.models.ImageShape;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model as consumers get it: {@code model.zip}, {@code labels.json} and {@code preprocessing.json} in one folder,
 * opened to predict. Not thread-safe.
 */
public final class ServedModel implements AutoCloseable {

    private static final int LARGEST_JSON = 64 << 20;

    private final Replica replica;
    private final List<String> labels;
    private final ImageShape shape;
    private final EvaluationImageLoader loader;
    private final int batch;

    private ServedModel(
            Replica replica, List<String> labels, ImageShape shape, EvaluationImageLoader loader, int batch) {
        this.replica = replica;
        this.labels = labels;
        this.shape = shape;
        this.loader = loader;
        this.batch = batch;
    }

    /**
     * Opens a model.
     *
     * @param folder where its files are
     * @param engine the name of the engine to compute with
     * @param settings threads, batch and precision
     * @param gpu asked for the GPU to compute on, if the engine needs one
     * @throws dev.convoke.storage.NotFoundException if a file is missing
     * @throws dev.convoke.engine.EngineUnavailableException if the engine cannot compute it here
     */
    public static ServedModel open(
            FileStore store, Location folder, String engine, Engine.ReplicaSettings settings, Supplier<Gpu> gpu) {
        List<String> labels = labels(store, folder);
        JsonFields input = fields(store, folder.child("preprocessing.json"));
        ImageShape shape = new ImageShape(3, input.integer("height"), input.integer("width"));
        EvaluationImageLoader loader = new EvaluationImageLoader(
                shape.width(),
                shape.height(),
                new Normalisation(input.decimals("mean"), input.decimals("deviation")),
                input.decimal("centre_crop_fraction"));
        Replica replica = saved(store, folder).openReplica(engine, settings.forImages(shape), gpu);
        return new ServedModel(replica, labels, shape, loader, settings.batch());
    }

    /** Returns the class names of a model, by label, without opening it. */
    public static List<String> labels(FileStore store, Location folder) {
        return fields(store, folder.child("labels.json")).texts("labels");
    }

    /** Reads the network and its state. */
    public static SavedModel saved(FileStore store, Location folder) {
        Location file = folder.child("model.zip");
        try (InputStream in = store.open(file)) {
            return SavedModel.read(in);
        } catch (IOException e) {
            throw new StorageException("Cannot read " + file + ": " + e.getMessage() + "; check the storage", e);
        }
    }

    private static JsonFields fields(FileStore store, Location file) {
        return JsonFields.parse(store.read(file, LARGEST_JSON), file);
    }

    /** Returns the class names, by label. */
    public List<String> labels() {
        return labels;
    }

    /** Returns what turns encoded images into the network's input. */
    public EvaluationImageLoader loader() {
        return loader;
    }

    /** Returns the network; its parameters are the model's. */
    public Replica replica() {
        return replica;
    }

    /** Returns a minibatch as large as the model was opened for. */
    public Minibatch newMinibatch() {
        return new Minibatch(shape, labels.size(), batch);
    }

    @Override
    public void close() {
        replica.close();
    }
}
