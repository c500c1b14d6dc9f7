package dev.convoke.engine.dl4j;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayouts;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;

/**
 * DL4J's own model file, {@code model.zip}: written without building a graph, and read without the Java deserialisation
 * that makes DL4J's own reader run code from the file. The format is told in docs/formats.md.
 */
public final class ModelFile {

    static final String CONFIGURATION = "configuration.json";
    static final String PARAMETERS = "coefficients.bin";
    static final String UPDATER_STATE = "updaterState.bin";

    /** How DL4J calls the only array layout it still writes. */
    static final String ALLOCATION = "MIXED_DATA_TYPES";

    private static final int CHUNK = 1 << 16;
    private static final LocalDateTime SAME_TIME_ALWAYS = LocalDateTime.of(1980, 1, 1, 0, 0);

    /** The bits by which ND4J tells that an array holds float32. */
    private static final long FLOAT32 = 8192;

    private ModelFile() {}

    /**
     * A network and its state.
     *
     * @param configuration the graph
     * @param state the whole state vector, see {@link StateLayouts}; an absent updater state is all zeros
     */
    public record Model(ComputationGraphConfiguration configuration, FloatBuffer state) {}

    /**
     * Writes a model that plain {@code ModelSerializer.restoreComputationGraph} loads. Equal arguments give equal
     * bytes.
     *
     * @param configuration of the network
     * @param state its whole state vector, or only the parameters to leave the updater state out; read from its
     *     position to its limit, which stay as they are
     * @param out receives the file; left open
     * @throws IllegalArgumentException if the state is not of this network
     */
    public static void write(ComputationGraphConfiguration configuration, FloatBuffer state, OutputStream out)
            throws IOException {
        StateLayout layout = StateLayouts.of(configuration);
        int parameters = layout.parameterCount();
        int updaterState = state.remaining() - parameters;
        if (updaterState != 0 && updaterState != layout.updaterStateCount()) {
            throw new IllegalArgumentException("This network has " + parameters + " parameters and "
                    + layout.updaterStateCount() + " values of updater state, got " + state.remaining()
                    + " values in all: give the state of this network");
        }
        ZipOutputStream zip = new ZipOutputStream(out);
        // Weights are noise to a compressor: it would take minutes to save a few per cent.
        zip.setLevel(Deflater.NO_COMPRESSION);
        putEntry(zip, CONFIGURATION);
        zip.write(named(configuration).toJson().getBytes(StandardCharsets.UTF_8));
        putEntry(zip, PARAMETERS);
        writeArray(zip, state.slice(state.position(), parameters));
        if (updaterState > 0) {
            putEntry(zip, UPDATER_STATE);
            writeArray(zip, state.slice(state.position() + parameters, updaterState));
        }
        zip.finish();
    }

    /**
     * Reads a model file from anywhere, DL4J's own included. Accepts only the three data entries and only layers this
     * project knows, allocates no more than the network described needs, and deserialises no Java object.
     *
     * @param in read to the end of the archive; left open
     * @throws RejectedModelException if the file is damaged, unsafe or not a network of known layers
     */
    public static Model read(InputStream in) throws IOException {
        return ModelFileReader.read(in);
    }

    /** Names each layer's parameters: DL4J's reader tells from the names how a batch norm keeps its variance. */
    private static ComputationGraphConfiguration named(ComputationGraphConfiguration original) {
        ComputationGraphConfiguration copy = original.clone();
        copy.setTopologicalOrder(original.getTopologicalOrder());
        copy.setTopologicalOrderStr(original.getTopologicalOrderStr());
        for (GraphVertex vertex : copy.getVertices().values()) {
            if (vertex instanceof LayerVertex layer) {
                NeuralNetConfiguration conf = layer.getLayerConf();
                conf.getLayer().initializer().paramKeys(conf.getLayer()).forEach(conf::addVariable);
            }
        }
        return copy;
    }

    private static void putEntry(ZipOutputStream zip, String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(SAME_TIME_ALWAYS);
        zip.putNextEntry(entry);
    }

    /** Writes what {@code Nd4j.write} would for a vector. */
    private static void writeArray(ZipOutputStream zip, FloatBuffer values) throws IOException {
        DataOutputStream data = new DataOutputStream(zip);
        // Dimensions, length, stride, type, step and order.
        long[] shapeInformation = {1, values.remaining(), 1, FLOAT32, 1, 'c'};
        data.writeUTF(ALLOCATION);
        data.writeLong(shapeInformation.length);
        data.writeUTF("LONG");
        for (long value : shapeInformation) {
            data.writeLong(value);
        }
        data.writeUTF(ALLOCATION);
        data.writeLong(values.remaining());
        data.writeUTF("FLOAT");
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES);
        while (values.hasRemaining()) {
            int count = Math.min(CHUNK, values.remaining());
            chunk.asFloatBuffer().put(values.slice(values.position(), count));
            values.position(values.position() + count);
            data.write(chunk.array(), 0, count * Float.BYTES);
        }
        data.flush();
    }
}
