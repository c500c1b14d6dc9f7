package dev.convoke.shard;

import dev.convoke.shard.ShardEntry.RowGroup;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.SeekableInput;
import dev.convoke.storage.Sha256;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;

/**
 * Writes one shard. Images are neither compressed again nor put into dictionaries; every page carries a checksum. Not
 * thread-safe; holds about one row group in memory.
 */
public final class ShardWriter implements AutoCloseable {

    private final FileStore store;
    private final Location file;
    private final Place place;
    private final ShardOutput output;
    private final ParquetWriter<Group> writer;
    private final List<Integer> labels = new ArrayList<>();

    /**
     * Where a shard belongs in its dataset.
     *
     * @param name its name below the dataset's folder
     * @param split which split it belongs to
     * @param classes the dataset's class names, by label
     */
    public record Place(String name, Split split, List<String> classes) {}

    /**
     * Creates a shard.
     *
     * @param store serves {@code file}
     * @param file where the bytes are written; must not exist
     * @param rowGroupBytes how large a row group may become; 2 MB is usual
     */
    public ShardWriter(FileStore store, Location file, Place place, int rowGroupBytes) {
        this.store = store;
        this.file = file;
        this.place = place;
        this.output = new ShardOutput(store, file);
        try {
            this.writer = ExampleParquetWriter.builder(output)
                    .withType(ShardFormat.SCHEMA)
                    .withExtraMetaData(ShardFormat.footer(place.name(), place.classes()))
                    .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
                    .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                    .withDictionaryEncoding(false)
                    .withDictionaryEncoding(ShardFormat.CLASS, true)
                    .withPageWriteChecksumEnabled(true)
                    .withRowGroupSize((long) rowGroupBytes)
                    .withMinRowCountForPageSizeCheck(1)
                    .withMaxRowCountForPageSizeCheck(1)
                    .build();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Adds a row. */
    public void write(ShardRow row) {
        Group group = new SimpleGroup(ShardFormat.SCHEMA);
        group.addGroup(ShardFormat.IMAGE)
                .append(ShardFormat.BYTES, Binary.fromConstantByteArray(row.encoded()))
                .append(ShardFormat.PATH, row.path());
        group.append(ShardFormat.LABEL, row.label())
                .append(ShardFormat.CLASS, row.className())
                .append(ShardFormat.WIDTH, row.width())
                .append(ShardFormat.HEIGHT, row.height())
                .append(
                        ShardFormat.SHA256,
                        Binary.fromReusedByteArray(row.sha256().getBytes(StandardCharsets.US_ASCII)));
        try {
            writer.write(group);
        } catch (IOException e) {
            throw failure(e);
        }
        labels.add(row.label());
    }

    /**
     * Ends the shard, reads it back and compares the digest.
     *
     * @return what the manifest lists
     * @throws IllegalStateException if there are no rows; an empty shard is not a shard
     * @throws StorageException if what is read back is not what was written
     */
    public ShardEntry finish() {
        if (labels.isEmpty()) {
            throw new IllegalStateException("The shard " + file + " has no rows; delete it");
        }
        close();
        String written = output.sha256();
        List<RowGroup> bounds = new ArrayList<>();
        int first = 0;
        for (BlockMetaData block : writer.getFooter().getBlocks()) {
            long end = 0;
            for (ColumnChunkMetaData column : block.getColumns()) {
                end = Math.max(end, column.getStartingPos() + column.getTotalSize());
            }
            long start = block.getStartingPos();
            int count = Math.toIntExact(block.getRowCount());
            int[] some = labels.subList(first, first + count).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            first += count;
            bounds.add(new RowGroup(count, start, Math.toIntExact(end - start), 0, RowGroup.encode(some)));
        }
        ShardEntry entry = readBack(bounds);
        if (!entry.sha256().equals(written) || entry.rows() != labels.size()) {
            throw new StorageException(
                    file + " reads back with SHA-256 " + entry.sha256() + " but was written with " + written
                            + ": the disk or the network below it changes bytes; run again elsewhere",
                    null);
        }
        return entry;
    }

    private ShardEntry readBack(List<RowGroup> bounds) {
        Sha256 whole = new Sha256();
        try (SeekableInput in = store.open(file)) {
            List<RowGroup> groups = new ArrayList<>();
            byte[] head = Reading.bytes(in, Math.toIntExact(bounds.get(0).offset()));
            whole.update(head, 0, head.length);
            for (RowGroup bound : bounds) {
                byte[] bytes = Reading.bytes(in, bound.bytes());
                whole.update(bytes, 0, bytes.length);
                groups.add(new RowGroup(
                        bound.rows(), bound.offset(), bound.bytes(), Reading.crc32c(bytes), bound.labels()));
            }
            byte[] footer = Reading.bytes(in, Math.toIntExact(in.length() - in.position()));
            whole.update(footer, 0, footer.length);
            return new ShardEntry(
                    place.name(), place.split(), in.length(), whole.hex(), Reading.crc32c(footer), groups);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private StorageException failure(IOException cause) {
        return new StorageException(
                "Cannot write the shard " + file + " (" + cause.getMessage()
                        + "): look at the storage, then shard again",
                cause);
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
}
