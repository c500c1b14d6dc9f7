package dev.convoke.metrics;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What went wrong in a run and was survived: {@code <run>/faults/<millis>-<number>.json}, one file each, so that
 * nothing is appended to. Never deleted: a run that goes back has still been through it.
 */
public final class FaultLog {

    private static final Pattern NAME = Pattern.compile("\\d{13}-\\d{4}\\.json");
    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 16;
    private static final int LONGEST_DETAIL = 500;

    private final FileStore store;
    private final Location folder;
    private int written;

    /**
     * Something that was survived.
     *
     * @param time when it was noticed
     * @param kind in a word or two, such as {@code executor lost}
     * @param round how many rounds were done
     * @param detail what a person should know, one line
     */
    public record Fault(Instant time, String kind, int round, String detail) {}

    /** The faults of a run directory. */
    public FaultLog(FileStore store, Location run) {
        this.store = store;
        this.folder = run.child("faults");
    }

    /** Writes one down. */
    public synchronized void write(Fault fault) {
        ObjectNode root = JsonFields.object().put("format_version", FORMAT_VERSION);
        root.put("ts", fault.time().toString());
        root.put("kind", fault.kind());
        root.put("round", fault.round());
        String line = fault.detail().replaceAll("\\s+", " ").strip();
        root.put("detail", line.substring(0, Math.min(LONGEST_DETAIL, line.length())));
        String name = String.format(Locale.ROOT, "%013d-%04d.json", fault.time().toEpochMilli(), written++ % 10_000);
        store.replace(folder.child(name), JsonFields.text(root));
    }

    /**
     * Returns all of them, oldest first.
     *
     * @throws MalformedFileException naming the file if one is damaged
     */
    public List<Fault> readAll() {
        List<Fault> faults = new ArrayList<>();
        for (FileEntry entry : store.list(folder)) {
            if (NAME.matcher(entry.location().name()).matches()) {
                faults.add(read(entry.location()));
            }
        }
        faults.sort(Comparator.comparing(Fault::time));
        return List.copyOf(faults);
    }

    private Fault read(Location file) {
        JsonFields root = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
        NewerFormatException.check(file, root.whole("format_version"), FORMAT_VERSION);
        try {
            return new Fault(
                    Instant.parse(root.text("ts")), root.text("kind"), root.integer("round"), root.text("detail"));
        } catch (DateTimeException e) {
            throw new MalformedFileException(file + ": field 'ts' is no time; delete the file", e);
        }
    }
}
