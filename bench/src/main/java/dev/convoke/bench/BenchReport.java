package dev.convoke.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.provenance.BuildInfo;
import dev.convoke.provenance.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one benchmark run with the machine they were measured on. Every row is printed and, if a file was asked
 * for, on disk as soon as it is there: a benchmark that is stopped keeps what it measured.
 */
public final class BenchReport {

    private final PrintWriter console;
    private final @Nullable Path file;
    private final Machine machine = Machine.current();
    private final double loadBefore = MachineLoad.average();
    private final List<Row> rows = new ArrayList<>();

    /**
     * Starts a report.
     *
     * @param console where rows are printed; stays the caller's
     * @param file where the JSON goes, or null for none
     */
    public BenchReport(PrintWriter console, @Nullable Path file) {
        this.console = console;
        this.file = file;
    }

    /** Adds a row, prints it and writes the file anew. */
    public void add(Row row) {
        rows.add(row);
        StringBuilder line = new StringBuilder();
        row.fields()
                .forEach((name, value) ->
                        line.append(name).append('=').append(Table.text(value)).append("  "));
        console.println(line.toString().stripTrailing());
        console.flush();
        write();
    }

    /** Prints all rows as a table. */
    public void printTable() {
        console.println();
        console.print(Table.of(rows));
        console.flush();
    }

    /** Returns the rows so far. */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    private void write() {
        if (file == null) {
            return;
        }
        try {
            Path absolute = file.toAbsolutePath();
            Path parent = absolute.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Path half = absolute.resolveSibling(absolute.getFileName() + ".part");
            Files.writeString(half, json());
            Files.move(half, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot write the figures to " + file + ": " + e + "; name a file in a folder you can write to", e);
        }
    }

    private String json() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        ObjectNode described = root.putObject("machine");
        described.put("processor", machine.processor());
        described.put("cores", machine.cores());
        ArrayNode sets = described.putArray("instruction_sets");
        machine.instructionSets().forEach(sets::add);
        described.put("operating_system", machine.operatingSystem());
        described.put("java", machine.java());
        described.put("heap_mb", machine.heapMegabytes());
        described.put("load_before", loadBefore);
        described.put("commit", BuildInfo.current().commit());
        ArrayNode array = root.putArray("rows");
        for (Row row : rows) {
            ObjectNode node = array.addObject();
            for (Map.Entry<String, Object> field : row.fields().entrySet()) {
                node.set(field.getKey(), mapper.valueToTree(field.getValue()));
            }
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }
}
