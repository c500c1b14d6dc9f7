package dev.convoke.bench.gpu;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Graphs, and records that hold them, as JSON: a machine that has none of DL4J's libraries reads the network from a
 * file.
 */
final class GraphFile {

    private static final ObjectMapper JSON = new ObjectMapper()
            .addMixIn(Operation.class, Typed.class)
            // An input has nothing but its type.
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);

    private GraphFile() {}

    /** Tells an operation's type by its name. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Operation.Input.class, name = "Input"),
        @JsonSubTypes.Type(value = Operation.Convolution.class, name = "Convolution"),
        @JsonSubTypes.Type(value = Operation.Dense.class, name = "Dense"),
        @JsonSubTypes.Type(value = Operation.BatchNorm.class, name = "BatchNorm"),
        @JsonSubTypes.Type(value = Operation.Relu.class, name = "Relu"),
        @JsonSubTypes.Type(value = Operation.Pool.class, name = "Pool"),
        @JsonSubTypes.Type(value = Operation.GlobalPool.class, name = "GlobalPool"),
        @JsonSubTypes.Type(value = Operation.Dropout.class, name = "Dropout"),
        @JsonSubTypes.Type(value = Operation.Concatenation.class, name = "Concatenation"),
        @JsonSubTypes.Type(value = Operation.Addition.class, name = "Addition"),
        @JsonSubTypes.Type(value = Operation.Classifier.class, name = "Classifier")
    })
    private interface Typed {}

    /** Returns a graph as JSON. */
    static String json(Graph graph) {
        return text(graph);
    }

    /** Returns the graph that was written as JSON. */
    static Graph graph(String json) {
        return parse(json, Graph.class);
    }

    /** Returns the record that was written as JSON. */
    static <T> T parse(String json, Class<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (IOException e) {
            throw new UncheckedIOException("No " + type.getSimpleName() + " in '" + json + "': " + e, e);
        }
    }

    /** Returns a record as one line of JSON. */
    static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (IOException e) {
            throw new UncheckedIOException("No JSON of " + value.getClass() + ", a defect: " + e, e);
        }
    }

    /** Writes a record that may hold graphs. */
    static void write(Path file, Object value) throws IOException {
        Files.writeString(file, text(value) + "\n");
    }

    /** Reads a record that may hold graphs. */
    static <T> T read(Path file, Class<T> type) {
        try {
            return JSON.readValue(file.toFile(), type);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot read " + file + "; make it anew with './convoke bench gpu-bundle': " + e.getMessage(), e);
        }
    }
}
