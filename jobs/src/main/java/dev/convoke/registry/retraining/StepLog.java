package dev.convoke.registry.retraining;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a night has done: one file a step, written when the step is done. A night that was cut short goes on behind the
 * last step that is recorded; so a step's work must be such that doing it twice is doing it once.
 */
public final class StepLog {

    private static final Logger LOG = LoggerFactory.getLogger(StepLog.class);
    private static final int LARGEST_BYTES = 64 << 20;

    private final FileStore store;
    private final Location folder;
    private final Clock clock;
    private final Runnable beforeStep;
    private final Runnable beforeRecord;

    /**
     * Uses the log of a night.
     *
     * @param night the night's folder
     * @param beforeStep throws if no further step is to be begun
     * @param beforeRecord throws if this process does not own the night any more
     */
    public StepLog(FileStore store, Location night, Clock clock, Runnable beforeStep, Runnable beforeRecord) {
        this.store = store;
        this.folder = night.child("steps");
        this.clock = clock;
        this.beforeStep = beforeStep;
        this.beforeRecord = beforeRecord;
    }

    /** Returns what a step recorded, or empty if it is not done. */
    public Optional<JsonFields> find(String step) {
        Location file = file(step);
        try {
            return Optional.of(JsonFields.parse(store.read(file, LARGEST_BYTES), file));
        } catch (NotFoundException notDone) {
            return Optional.empty();
        }
    }

    /** Returns what a step recorded, after doing it if it is not done yet. */
    public JsonFields once(String step, Supplier<ObjectNode> work) {
        Optional<JsonFields> done = find(step);
        if (done.isPresent()) {
            LOG.info("Step '{}' is done already", step);
            return done.get();
        }
        beforeStep.run();
        Instant started = clock.instant();
        return record(step, started, work.get());
    }

    /** Records a step that was done since {@code started}; returns what is recorded. */
    public JsonFields record(String step, Instant started, ObjectNode result) {
        result.put("step", step);
        result.put("started_at", started.toString());
        result.put("ended_at", clock.instant().toString());
        byte[] text = JsonFields.text(result);
        beforeRecord.run();
        store.replace(file(step), text);
        LOG.info("Step '{}' is done", step);
        return JsonFields.parse(text, file(step));
    }

    /** Forgets a step whose result does not hold any more. */
    public void forget(String step) {
        beforeRecord.run();
        store.delete(file(step));
    }

    private Location file(String step) {
        return folder.child(step + ".json");
    }
}
