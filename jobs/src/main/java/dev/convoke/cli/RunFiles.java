package dev.convoke.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.config.Recipe;
import dev.convoke.config.RecipeLoader;
import dev.convoke.data.EvaluationImageLoader;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.NetworkJob;
import dev.convoke.models.ImageShape;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.training.StateRestore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a finished run leaves for those who use the model: {@code model/} in the run directory. */
final class RunFiles {

    static final String RECIPE = "recipe.yaml";
    static final String PROVENANCE = "provenance.json";
    static final String MODEL = "model";

    private static final int LARGEST_RECIPE = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private RunFiles() {}

    /**
     * Reads the recipe of a run.
     *
     * @throws UsageException if there is no run
     */
    static Recipe recipe(FileStore store, Location run) {
        Location file = run.child(RECIPE);
        try {
            String yaml = new String(store.read(file, LARGEST_RECIPE), StandardCharsets.UTF_8);
            return RecipeLoader.load(yaml, file.uri(), List.of());
        } catch (NotFoundException missing) {
            throw new UsageException(
                    "There is no run at " + run + ": it has no " + RECIPE + "; correct the path, or train one");
        }
    }

    /** Writes model.zip, labels.json and preprocessing.json, in place of those of an earlier end of this run. */
    static void writeModel(
            FileStore store,
            Location run,
            NetworkJob job,
            Checkpoint checkpoint,
            Normalisation scale,
            List<String> labels) {
        Location temporary = run.child(".tmp-" + MODEL);
        store.delete(temporary);
        FloatBuffer state = stateOf(store, checkpoint);
        try (DurableOutput out = store.create(temporary.child("model.zip"))) {
            job.writeModel(state, out);
        } catch (IOException failed) {
            throw new UncheckedIOException(
                    "Cannot write " + temporary + "/model.zip; the checkpoint " + checkpoint.folder() + " is intact",
                    failed);
        }
        store.replace(temporary.child("labels.json"), bytes(labelsOf(labels)));
        store.replace(
                temporary.child("preprocessing.json"),
                bytes(preprocessing(job.network().input(), scale)));
        store.delete(run.child(MODEL));
        store.rename(temporary, run.child(MODEL));
    }

    private static FloatBuffer stateOf(FileStore store, Checkpoint checkpoint) {
        int values = checkpoint.header().layout().valueCount();
        FloatBuffer state = ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        StateRestore.read(store, checkpoint.folder(), checkpoint.slices(), List.of(new StateRestore.Part(0, state)));
        return state;
    }

    private static ObjectNode labelsOf(List<String> labels) {
        ObjectNode root = JSON.createObjectNode().put("format_version", 1);
        ArrayNode names = root.putArray("labels");
        labels.forEach(names::add);
        return root;
    }

    private static ObjectNode preprocessing(ImageShape input, Normalisation scale) {
        ObjectNode root = JSON.createObjectNode().put("format_version", 1);
        root.put("layout", "NCHW")
                .put("channels", "RGB")
                .put("height", input.height())
                .put("width", input.width());
        root.put("centre_crop_fraction", EvaluationImageLoader.USUAL_FRACTION);
        ArrayNode mean = root.putArray("mean");
        scale.mean().forEach(mean::add);
        ArrayNode deviation = root.putArray("deviation");
        scale.deviation().forEach(deviation::add);
        return root;
    }

    private static byte[] bytes(ObjectNode node) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("A tree of plain values could not be written", impossible);
        }
    }
}
