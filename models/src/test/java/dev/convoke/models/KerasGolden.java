package dev.convoke.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.engine.StateLayouts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;

/**
 * What real Keras computed for one network, and the weights and minibatch it computed it from; any engine can be held
 * against it. See {@code models/src/test/python/keras_goldens.py}.
 *
 * @param name of the network
 * @param results what Keras computed
 */
public record KerasGolden(String name, JsonNode results) {

    /** How many classes the network tells apart. */
    public static final int CLASSES = 10;

    /** How many examples the minibatch has. */
    public static final int BATCH = 4;

    private static final OptimizerSpec OPTIMIZER = new OptimizerSpec(0.9, 0.01, 0);

    /** Reads the golden of a network. */
    public static KerasGolden of(String name) {
        String resource = "/goldens/" + name + ".json";
        try (InputStream in = Objects.requireNonNull(KerasGolden.class.getResourceAsStream(resource), resource)) {
            return new KerasGolden(name, new ObjectMapper().readTree(in));
        } catch (IOException e) {
            throw new IllegalStateException("Cannot read " + resource, e);
        }
    }

    /** Returns the network Keras trained, without dropout. */
    public ComputationGraphConfiguration configuration() {
        return ModelCatalog.configure(new NetworkSpec(name, input(), CLASSES, 0.0), OPTIMIZER, 1);
    }

    /** Returns the parameters Keras started from, in flat DL4J order. */
    public float[] initialParameters() {
        ComputationGraphConfiguration configuration = configuration();
        StateLayout layout = StateLayouts.of(configuration);
        float[] parameters = new float[layout.parameterCount()];
        for (Segment segment : layout.segments()) {
            double base = 0;
            double scale = 0.1;
            switch (segment.kind()) {
                case WEIGHT -> scale = Math.sqrt(6.0 / inputs(configuration, segment));
                case BIAS -> scale = 0.05;
                case GAMMA -> {
                    base = 1;
                    scale = 0.2;
                }
                case VARIANCE -> {
                    base = 1.6;
                    scale = 0.6;
                }
                case BETA, MEAN -> scale = 0.1;
            }
            int key = key(nameOf(segment));
            for (int i = 0; i < segment.length(); i++) {
                parameters[segment.offset() + i] = (float) (base + scale * noise(key, i));
            }
        }
        return parameters;
    }

    /** Returns the minibatch Keras trained on. */
    public Minibatch batch() {
        Minibatch batch = new Minibatch(input(), CLASSES, BATCH);
        int key = key("input");
        for (int i = 0; i < BATCH * input().valueCount(); i++) {
            batch.images().put(i, (float) noise(key, i));
        }
        for (int i = 0; i < BATCH; i++) {
            batch.target(i, 3 * i % CLASSES, 0);
        }
        batch.resize(BATCH);
        return batch;
    }

    /** Returns the rate of the training steps. */
    public double learningRate() {
        return results.get("learning_rate").asDouble();
    }

    /** Returns the name Keras' results have for a parameter array. */
    public static String nameOf(Segment segment) {
        return segment.layer() + "/" + segment.parameter();
    }

    private ImageShape input() {
        return ImageShape.rgb(results.get("input_pixels").asInt());
    }

    /** Returns how many values one output value is summed from. */
    private static int inputs(ComputationGraphConfiguration configuration, Segment segment) {
        LayerVertex vertex =
                (LayerVertex) Objects.requireNonNull(configuration.getVertices().get(segment.layer()), segment.layer());
        FeedForwardLayer layer = (FeedForwardLayer) vertex.getLayerConf().getLayer();
        return segment.length() / Math.toIntExact(layer.getNOut());
    }

    private static int key(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    private static double noise(int key, int index) {
        return (double) (mix(mix(index ^ key) + key) >>> 8) / (1 << 23) - 1;
    }

    private static int mix(int value) {
        int x = value;
        x = (x ^ (x >>> 16)) * 0x7FEB352D;
        x = (x ^ (x >>> 15)) * 0x846CA68B;
        return x ^ (x >>> 16);
    }
}
