package dev.convoke.shard;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/** Writes predictions as Parquet, one row an image. Not thread-safe. */
public final class PredictionWriter implements AutoCloseable {

    private static final String PATH = "path";
    private static final String GUESSES = "guesses";
    private static final String MODEL = "model";

    private static final MessageType SCHEMA = Types.buildMessage()
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(PATH)
            .requiredList()
            .requiredGroupElement()
            .required(PrimitiveTypeName.INT32)
            .named("label")
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named("class")
            .required(PrimitiveTypeName.FLOAT)
            .named("probability")
            .named(GUESSES)
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(MODEL)
            .named("prediction");

    private final FileStore store;
    private final Location file;
    private final String model;
    private final ShardOutput output;
    private final ParquetWriter<Group> writer;
    private long rows;

    /**
     * A class and how likely it is.
     *
     * @param label index of the class
     * @param className its name
     * @param probability in [0, 1]
     */
    public record Guess(int label, String className, float probability) {}

    /**
     * Creates a file; it must not exist.
     *
     * @param model what stands in every row: the model's version
     * @param modelSha256 digest of the model file, for the footer
     */
    public PredictionWriter(FileStore store, Location file, String model, String modelSha256) {
        this.store = store;
        this.file = file;
        this.model = model;
        this.output = new ShardOutput(store, file);
        Map<String, String> footer = new LinkedHashMap<>();
        footer.put("convoke.model", model);
        footer.put("convoke.model.sha256", modelSha256);
        try {
            this.writer = ExampleParquetWriter.builder(output)
                    .withType(SCHEMA)
                    .withExtraMetaData(footer)
                    .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
                    .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                    .withDictionaryEncoding(true)
                    .withPageWriteChecksumEnabled(true)
                    .build();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Adds a row.
     *
     * @param guesses the likeliest classes, likeliest first
     */
    public void write(String path, List<Guess> guesses) {
        Group group = new SimpleGroup(SCHEMA);
        group.append(PATH, path);
        Group list = group.addGroup(GUESSES);
        for (Guess guess : guesses) {
            list.addGroup(0)
                    .addGroup(0)
                    .append("label", guess.label())
                    .append("class", guess.className())
                    .append("probability", guess.probability());
        }
        group.append(MODEL, model);
        try {
            writer.write(group);
        } catch (IOException e) {
            throw failure(e);
        }
        rows++;
    }

    /** Returns how many rows were added. */
    public long rows() {
        return rows;
    }

    /**
     * Ends the file, reads it back and compares the digest.
     *
     * @return the file's SHA-256
     */
    public String finish() {
        close();
        String written = output.sha256();
        String found = Sha256.of(store, file);
        if (!found.equals(written)) {
            throw new StorageException(
                    file + " reads back with SHA-256 " + found + " but was written with " + written
                            + ": the disk or the network below it changes bytes; run again elsewhere",
                    null);
        }
        return written;
    }

    @Override
    public void close() {
        output.beginEnd();
        try {
            writer.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private StorageException failure(IOException cause) {
        return new StorageException(
                "Cannot write the predictions " + file + " (" + cause.getMessage()
                        + "): look at the storage, then predict again",
                cause);
    }
}
