package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Model files made to do harm, and files damaged at random. */
class MaliciousModelFileTest {

    private static final AtomicInteger GADGETS_RUN = new AtomicInteger();

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private byte[] good = {};

    /** Runs code when it is deserialised, as the classes attackers use do. */
    private static final class Gadget implements Serializable {
        private static final long serialVersionUID = 1;

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            GADGETS_RUN.incrementAndGet();
        }
    }

    @BeforeEach
    void writeGoodModel() throws IOException {
        ComputationGraphConfiguration configuration = TinyNetwork.configure(new OptimizerSpec(0.9, 1e-3, 0), 0.4, 5);
        FloatBuffer state = ModelFileTest.randomState(configuration);
        good = ModelFileTest.written(configuration, state);
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(good))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        assertThat(ModelFile.read(new ByteArrayInputStream(zipped())).state()).isEqualTo(state);
    }

    @Test
    void aSerialisedObjectIsNeverDeserialised() throws Exception {
        ByteArrayOutputStream gadget = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(gadget)) {
            out.writeObject(new Gadget());
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(gadget.toByteArray()))) {
            in.readObject();
        }
        assertThat(GADGETS_RUN).as("the gadget works").hasValue(1);
        for (String name : new String[] {"preprocessor.bin", "objects/harmless", "normalizer.bin"}) {
            entries.put(name, gadget.toByteArray());

            requireRejected("The model has an entry '" + name + "', which is not data of a network");
            entries.remove(name);
        }
        assertThat(GADGETS_RUN).hasValue(1);
    }

    @Test
    void anEntryThatEscapesItsFolderIsRejected() throws IOException {
        entries.put("../../etc/cron.d/evil", new byte[1]);

        requireRejected("The model has an entry '../../etc/cron.d/evil'");
    }

    @Test
    void aConfigurationThatInflatesWithoutEndIsRejected() throws IOException {
        entries.put("configuration.json", " ".repeat(17 << 20).getBytes(StandardCharsets.UTF_8));

        requireRejected("configuration is larger than 16777216 bytes");
    }

    @Test
    void parametersThatInflateBeyondTheNetworkAreRejected() throws IOException {
        byte[] real = entries.getOrDefault("coefficients.bin", new byte[0]);
        entries.put("coefficients.bin", Arrays.copyOf(real, real.length + (32 << 20)));

        requireRejected("The model's coefficients.bin has more bytes than its values need");
    }

    @Test
    void anArrayThatClaimsMoreThanTheNetworkHasIsRejectedBeforeItIsAllocated() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeUTF("MIXED_DATA_TYPES");
        data.writeLong(Long.MAX_VALUE);
        data.writeUTF("LONG");
        entries.put("coefficients.bin", bytes.toByteArray());

        requireRejected("coefficients.bin has 9223372036854775807 values of shape");
    }

    @Test
    void aClassOutsideTheListIsRejectedBeforeItIsLoaded() throws IOException {
        String[][] replacements = {
            {"org.deeplearning4j.nn.conf.layers.DenseLayer", "javax.swing.JEditorPane"},
            {"org.nd4j.linalg.activations.impl.ActivationReLU", "org.example.Evil"},
            {"org.deeplearning4j.nn.conf.distribution.UniformDistribution", "org.example.Evil"},
            {"org.deeplearning4j.nn.conf.graph.MergeVertex", "org.deeplearning4j.nn.conf.graph.ReshapeVertex"}
        };
        String json = configuration();
        for (String[] replacement : replacements) {
            assertThat(json).contains(replacement[0]);
            setConfiguration(json.replace(replacement[0], replacement[1]));

            requireRejected("The model's configuration names " + replacement[1]);
        }
    }

    @Test
    void formatsThatNameNoClassesAreRejected() throws IOException {
        setConfiguration(configuration().replace("\"@class\" : \"org.deeplearning4j.nn.conf.layers.DenseLayer\",", ""));

        requireRejected("is of a DL4J older than 1.0.0-beta3");
    }

    @Test
    void nestingThatWouldExhaustTheStackIsRejected() throws IOException {
        setConfiguration("[".repeat(1 << 20));

        requireRejected("nests deeper than 64 levels");
    }

    @Test
    void aNetworkTooLargeToBeMeantIsRejectedBeforeItIsAllocated() throws IOException {
        setConfiguration(configuration().replace("\"nout\" : 12", "\"nout\" : 2000000000"));

        requireRejected("The model is not a network this project computes");
    }

    @Test
    void whatIsNotAModelIsRejected() throws IOException {
        assertThatThrownBy(() -> ModelFile.read(new ByteArrayInputStream(new byte[100])))
                .isInstanceOf(RejectedModelException.class)
                .hasMessageContaining("does not start with configuration.json");
        setConfiguration("{}");
        requireRejected("configuration has no vertices");
        setConfiguration("Model");
        requireRejected("configuration is not a DL4J graph");
        writeGoodModel();
        entries.remove("coefficients.bin");
        requireRejected("The model has no coefficients.bin");
    }

    @Test
    void aTruncatedFileIsRejectedWhereverItEnds() {
        SplittableRandom random = new SplittableRandom(7);
        int directory = directoryStart();
        for (int i = 0; i < 60; i++) {
            int length = random.nextInt(directory - 20);
            assertThatThrownBy(() -> ModelFile.read(new ByteArrayInputStream(good, 0, length)))
                    .as("truncated to %d of %d bytes", length, good.length)
                    .isInstanceOf(RejectedModelException.class)
                    .hasMessageContaining("The model");
        }
    }

    @Test
    void aFlippedBitInTheDataIsRejected() {
        SplittableRandom random = new SplittableRandom(8);
        int checked = 0;
        for (int i = 0; i < 60; i++) {
            int position = 100 + random.nextInt(directoryStart() - 200);
            byte[] flipped = good.clone();
            flipped[position] ^= (byte) (1 << random.nextInt(8));
            try {
                ModelFile.read(new ByteArrayInputStream(flipped));
            } catch (RejectedModelException e) {
                checked++;
            } catch (IOException e) {
                throw new AssertionError("bit flipped at " + position, e);
            }
        }
        // Only a flip in an entry's header fields that nobody reads, like its time, may pass.
        assertThat(checked).isGreaterThanOrEqualTo(59);
    }

    private int directoryStart() {
        byte[] signature = {'P', 'K', 1, 2};
        for (int i = good.length - 4; i > 0; i--) {
            if (Arrays.equals(Arrays.copyOfRange(good, i, i + 4), signature)) {
                // The last record; there are three of about 60 bytes.
                return i - 150;
            }
        }
        throw new AssertionError("no directory");
    }

    private String configuration() {
        return new String(entries.getOrDefault("configuration.json", new byte[0]), StandardCharsets.UTF_8);
    }

    private void setConfiguration(String json) {
        entries.put("configuration.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private void requireRejected(String message) throws IOException {
        byte[] file = zipped();
        assertThatThrownBy(() -> ModelFile.read(new ByteArrayInputStream(file)))
                .isInstanceOf(RejectedModelException.class)
                .hasMessageContaining(message);
    }

    private byte[] zipped() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return out.toByteArray();
    }
}
