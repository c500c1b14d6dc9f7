package dev.convoke.shard;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.util.function.Consumer;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/** Reads who is who in a shard, without reading the images. */
public final class ShardDigests {

    private ShardDigests() {}

    /**
     * One row.
     *
     * @param path where the image came from
     * @param label index of its class
     * @param sha256 of the image's file
     */
    public record Row(String path, int label, String sha256) {}

    /**
     * Reads the rows of a shard, in stored order.
     *
     * @throws DamagedDatasetException if the file is no shard
     */
    public static void read(FileStore store, Location file, Consumer<Row> each) {
        try (ParquetFileReader reader = ParquetFileReader.open(new ShardInput(store, file))) {
            MessageType schema = ShardFormat.digests(reader.getFileMetaData().getSchema());
            reader.setRequestedSchema(schema);
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                RecordReader<Group> records = new ColumnIOFactory()
                        .getColumnIO(schema)
                        .getRecordReader(pages, new GroupRecordConverter(schema));
                for (long i = 0; i < pages.getRowCount(); i++) {
                    Group row = records.read();
                    each.accept(new Row(
                            row.getGroup(ShardFormat.IMAGE, 0).getString(ShardFormat.PATH, 0),
                            row.getInteger(ShardFormat.LABEL, 0),
                            row.getString(ShardFormat.SHA256, 0)));
                }
            }
        } catch (IOException | RuntimeException e) { // Parquet's own exceptions have no common type
            throw new DamagedDatasetException(
                    "The shard " + file + " cannot be read (" + e.getMessage()
                            + "): restore the file, or shard the dataset again",
                    e);
        }
    }
}
