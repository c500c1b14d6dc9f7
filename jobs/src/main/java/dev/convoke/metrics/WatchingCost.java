package dev.convoke.metrics;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.NotFoundException;

/**
 * What watching a run has cost beyond what the metrics of its rounds say: behind the last round there is none to say
 * it. In {@code <run>/watching.json}.
 */
public final class WatchingCost {

    private static final String FILE = "watching.json";
    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 12;

    private final FileStore store;
    private final Location file;

    /** The cost of watching a run. */
    public WatchingCost(FileStore store, Location run) {
        this.store = store;
        this.file = run.child(FILE);
    }

    /**
     * Adds what one more process has spent, in milliseconds.
     *
     * @throws MalformedFileException naming the file if it is damaged
     */
    public void add(double millis) {
        double sum = millis() + millis;
        store.replace(
                file,
                JsonFields.text(JsonFields.object()
                        .put("format_version", FORMAT_VERSION)
                        .put("outside_rounds_millis", sum)));
    }

    /**
     * Returns what all processes of the run have spent, in milliseconds; 0 if none has ended yet.
     *
     * @throws MalformedFileException naming the file if it is damaged
     */
    public double millis() {
        try {
            JsonFields fields = JsonFields.parse(store.read(file, LARGEST_BYTES), file);
            NewerFormatException.check(file, fields.whole("format_version"), FORMAT_VERSION);
            return fields.decimal("outside_rounds_millis");
        } catch (NotFoundException none) {
            return 0;
        }
    }
}
