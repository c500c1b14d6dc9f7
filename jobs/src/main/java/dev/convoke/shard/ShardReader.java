package dev.convoke.shard;

import dev.convoke.data.Example;
import dev.convoke.shard.SectionFile.Section;
import dev.convoke.shard.ShardEntry.RowGroup;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import dev.convoke.storage.SeekableInput;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Reads one shard, a row group at a time, each in one sequential read. Nothing is decoded before its checksum in the
 * manifest holds. Keeps no file open between reads; safe for use by many threads.
 */
public final class ShardReader {

    private static final ParquetReadOptions OPTIONS =
            ParquetReadOptions.builder().usePageChecksumVerification(true).build();

    private final FileStore store;
    private final Location file;
    private final ShardEntry entry;
    private final List<String> classes;

    /** Checked and kept as long as memory allows: it is read with every group otherwise. */
    private volatile @Nullable SoftReference<byte[]> footer;

    /**
     * Describes a shard; opens nothing yet.
     *
     * @param store serves {@code file}
     * @param file where the shard is
     * @param entry what the manifest says of it
     * @param classes the dataset's class names, by label
     */
    public ShardReader(FileStore store, Location file, ShardEntry entry, List<String> classes) {
        this.store = store;
        this.file = file;
        this.entry = entry;
        this.classes = classes;
    }

    /** Returns the number of examples of each row group. */
    public List<Integer> sizes() {
        return entry.rowGroupRows();
    }

    /** Returns the labels of one row group as the manifest has them, or reads them where it does not. */
    int[] labels(int group) {
        try {
            return entry.groups()
                    .get(group)
                    .rowLabels()
                    .orElseGet(
                            () -> read(group).stream().mapToInt(Example::label).toArray());
        } catch (IllegalArgumentException e) {
            throw damaged("has labels in the manifest that cannot be read", e);
        }
    }

    /**
     * Reads one row group, in stored order.
     *
     * @throws DamagedDatasetException if the shard is missing or not what the manifest promises
     */
    public List<Example> read(int group) {
        RowGroup bounds = entry.groups().get(group);
        try (SeekableInput in = store.open(file)) {
            if (in.length() != entry.bytes()) {
                throw damaged("has " + in.length() + " bytes, the manifest says " + entry.bytes(), null);
            }
            in.seek(bounds.offset());
            byte[] rows = Reading.bytes(in, bounds.bytes());
            if (Reading.crc32c(rows) != bounds.crc32c()) {
                throw damaged("is damaged in row group " + group + ": its checksum does not hold", null);
            }
            List<Section> sections =
                    List.of(new Section(bounds.offset(), rows), new Section(entry.footerOffset(), footer(in)));
            return decode(group, new SectionFile(file.uri(), entry.bytes(), sections));
        } catch (NotFoundException e) {
            throw damaged("is missing", e);
        } catch (IOException | ParquetDecodingException e) {
            throw damaged("cannot be read in row group " + group + " (" + e.getMessage() + ")", e);
        }
    }

    private byte[] footer(SeekableInput in) throws IOException {
        SoftReference<byte[]> kept = footer;
        byte[] bytes = kept == null ? null : kept.get();
        if (bytes == null) {
            in.seek(entry.footerOffset());
            bytes = Reading.bytes(in, Math.toIntExact(entry.bytes() - entry.footerOffset()));
            if (Reading.crc32c(bytes) != entry.footerCrc32c()) {
                throw damaged("is damaged in its footer: its checksum does not hold", null);
            }
            footer = new SoftReference<>(bytes);
        }
        return bytes;
    }

    private List<Example> decode(int group, SectionFile sections) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(sections, OPTIONS)) {
            String name = reader.getFileMetaData().getKeyValueMetaData().get(ShardFormat.NAME_KEY);
            if (!entry.file().equals(name)) {
                throw damaged("is not that shard: its footer calls it " + name, null);
            }
            MessageType schema = ShardFormat.examples(reader.getFileMetaData().getSchema());
            reader.setRequestedSchema(schema);
            PageReadStore pages = reader.readRowGroup(group);
            if (pages.getRowCount() != entry.groups().get(group).rows()) {
                throw damaged("has " + pages.getRowCount() + " examples in row group " + group, null);
            }
            RecordReader<Group> records =
                    new ColumnIOFactory().getColumnIO(schema).getRecordReader(pages, new GroupRecordConverter(schema));
            List<Example> examples = new ArrayList<>();
            for (long row = 0; row < pages.getRowCount(); row++) {
                examples.add(example(records.read()));
            }
            return examples;
        }
    }

    private Example example(Group row) {
        Group image = row.getGroup(ShardFormat.IMAGE, 0);
        String path = image.getString(ShardFormat.PATH, 0);
        int label = row.getInteger(ShardFormat.LABEL, 0);
        String className = row.getString(ShardFormat.CLASS, 0);
        if (label < 0 || label >= classes.size() || !classes.get(label).equals(className)) {
            throw damaged("gives " + path + " the label " + label + " and the class " + className, null);
        }
        return new Example(path, label, image.getBinary(ShardFormat.BYTES, 0).getBytes());
    }

    private DamagedDatasetException damaged(String what, @Nullable Throwable cause) {
        return new DamagedDatasetException(
                "The shard " + file + " " + what + ": restore the file, or shard the dataset again", cause);
    }
}
