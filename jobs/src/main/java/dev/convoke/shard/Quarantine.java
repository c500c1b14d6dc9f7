package dev.convoke.shard;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.StorageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** The list of rejected inputs, {@code quarantine.jsonl}: one JSON object a line. */
public final class Quarantine {

    /** Name of the list in the dataset's folder. */
    public static final String FILE = "quarantine.jsonl";

    private Quarantine() {}

    /**
     * One rejected input.
     *
     * @param path where it came from
     * @param reason one word to count by
     * @param detail what was seen
     */
    public record Entry(String path, String reason, String detail) {

        /** Returns the line, with its end; characters that no terminal shows are escaped. */
        String toJson() {
            return JsonNodeFactory.instance
                            .objectNode()
                            .put("path", path)
                            .put("reason", reason)
                            .put("detail", detail)
                            .toString()
                    + "\n";
        }
    }

    /** Writes one entry as a line. */
    public static void write(Entry entry, OutputStream out) throws IOException {
        out.write(entry.toJson().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads a list, entry by entry.
     *
     * @throws DamagedDatasetException if a line is not an entry
     */
    public static void read(FileStore store, Location file, Consumer<Entry> each) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(store.open(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonFields fields = JsonFields.parse(line.getBytes(StandardCharsets.UTF_8), file);
                each.accept(new Entry(fields.text("path"), fields.text("reason"), fields.text("detail")));
            }
        } catch (MalformedFileException e) {
            throw new DamagedDatasetException(e.getMessage() + ", or shard the dataset again", e);
        } catch (IOException e) {
            throw new StorageException("Cannot read " + file + " (" + e.getMessage() + "): look at the storage", e);
        }
    }
}
