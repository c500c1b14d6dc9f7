package dev.convoke.engine.dl4j;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayouts;
import dev.convoke.engine.dl4j.ModelFile.Model;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** Reads one model file, trusting nothing in it. */
final class ModelFileReader {

    private static final int MOST_CONFIGURATION_BYTES = 16 << 20;
    private static final int MOST_VALUES = 1 << 28;
    private static final int CHUNK = 1 << 16;
    private static final int MOST_SHAPE_VALUES = 64;

    private final ZipInputStream zip;
    private final ComputationGraphConfiguration configuration;
    private final StateLayout layout;
    private final FloatBuffer state;

    private ModelFileReader(ZipInputStream zip) throws IOException {
        this.zip = zip;
        ZipEntry first = zip.getNextEntry();
        if (first == null || !first.getName().equals(ModelFile.CONFIGURATION)) {
            throw new RejectedModelException("The model does not start with " + ModelFile.CONFIGURATION
                    + ": give a model.zip that DL4J or this project wrote");
        }
        byte[] json = zip.readNBytes(MOST_CONFIGURATION_BYTES + 1);
        if (json.length > MOST_CONFIGURATION_BYTES) {
            throw new RejectedModelException("The model's configuration is larger than " + MOST_CONFIGURATION_BYTES
                    + " bytes: give a real model");
        }
        NativeRuntime.prepare();
        this.configuration = SafeConfiguration.parse(new String(json, StandardCharsets.UTF_8));
        this.layout = layout(configuration);
        this.state = ByteBuffer.allocateDirect(Math.multiplyExact(layout.valueCount(), Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    static Model read(InputStream in) throws IOException {
        try {
            return new ModelFileReader(new ZipInputStream(new BufferedInputStream(in))).model();
        } catch (ZipException | EOFException | UTFDataFormatException e) {
            throw new RejectedModelException("The model is damaged (" + e.getMessage() + "): copy it again", e);
        }
    }

    private Model model() throws IOException {
        Set<String> seen = new HashSet<>();
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            String name = entry.getName();
            if (!seen.add(name)) {
                throw new RejectedModelException("The model has '" + name + "' twice: give a real model");
            }
            switch (name) {
                case ModelFile.PARAMETERS -> readArray(name, 0, layout.parameterCount());
                case ModelFile.UPDATER_STATE -> readArray(name, layout.parameterCount(), layout.updaterStateCount());
                default ->
                    throw new RejectedModelException("The model has an entry '" + name + "', which is not data of a"
                            + " network and may run code when it is read: write the model again without it");
            }
        }
        if (!seen.contains(ModelFile.PARAMETERS)) {
            throw new RejectedModelException("The model has no " + ModelFile.PARAMETERS + ": copy it again");
        }
        return new Model(configuration, state);
    }

    /** Reads what {@code Nd4j.write} wrote, of exactly so many values. */
    private void readArray(String name, int offset, int count) throws IOException {
        DataInputStream data = new DataInputStream(zip);
        long shapeValues = header(data, name, "LONG");
        if (shapeValues < 1 || shapeValues > MOST_SHAPE_VALUES) {
            throw damaged(name, shapeValues + " values of shape");
        }
        data.skipNBytes(shapeValues * Long.BYTES);
        long values = header(data, name, "FLOAT");
        if (values != count) {
            throw damaged(name, values + " values where the network has " + count);
        }
        byte[] bytes = new byte[CHUNK * Float.BYTES];
        for (int done = 0; done < count; done += CHUNK) {
            int size = Math.min(CHUNK, count - done);
            data.readFully(bytes, 0, size * Float.BYTES);
            FloatBuffer chunk = ByteBuffer.wrap(bytes, 0, size * Float.BYTES).asFloatBuffer();
            state.put(offset + done, chunk, 0, size);
        }
        if (data.read() >= 0) {
            throw damaged(name, "more bytes than its values need");
        }
    }

    private static long header(DataInputStream data, String name, String expectedType) throws IOException {
        String allocation = data.readUTF();
        long length = data.readLong();
        String type = data.readUTF();
        if (!allocation.equals(ModelFile.ALLOCATION) || !type.equals(expectedType)) {
            throw new RejectedModelException("The model's " + name + " holds " + allocation + " " + type
                    + " where " + ModelFile.ALLOCATION + " " + expectedType
                    + " belongs: write it again with DL4J 1.0.0-M2 or newer, in float32");
        }
        return length;
    }

    private static StateLayout layout(ComputationGraphConfiguration configuration) {
        StateLayout layout;
        try {
            layout = StateLayouts.of(configuration);
        } catch (RuntimeException e) {
            throw new RejectedModelException(
                    "The model is not a network this project computes (" + e.getMessage() + "): use another", e);
        }
        if (layout.valueCount() > MOST_VALUES * 2 || layout.parameterCount() > MOST_VALUES) {
            throw new RejectedModelException("The model claims " + layout.parameterCount()
                    + " parameters, more than the " + MOST_VALUES + " this reader takes: use a smaller network");
        }
        return layout;
    }

    private static RejectedModelException damaged(String name, String what) {
        return new RejectedModelException("The model's " + name + " has " + what + ": copy it again");
    }
}
