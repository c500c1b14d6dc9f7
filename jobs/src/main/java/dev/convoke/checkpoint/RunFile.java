package dev.convoke.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.NotFoundException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code run.json}: how a run stands, for schedulers and people. Written whole each time, by the run's owner only. */
public final class RunFile {

    /** Its name in the run directory. */
    public static final String FILE = "run.json";

    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 20;

    private final FileStore store;
    private final Location file;

    /** The file of a run directory. */
    public RunFile(FileStore store, Location run) {
        this(run.child(FILE), store);
    }

    private RunFile(Location file, FileStore store) {
        this.store = store;
        this.file = file;
    }

    /** A file of the same content elsewhere, for whoever cannot rely on the run's storage. */
    public static RunFile at(FileStore store, Location file) {
        return new RunFile(file, store);
    }

    /** How a run stands. */
    public enum Status {
        /** At work, or its process has died without a word. */
        RUNNING,
        /** All rounds are done. */
        SUCCEEDED,
        /** It ended on an error. */
        FAILED,
        /** It was asked to stop, and can be continued. */
        STOPPED
    }

    /**
     * What the file says.
     *
     * @param status how the run stands
     * @param exitCode of the process that ended it; empty while it is at work
     * @param round how many rounds are committed
     * @param owner who works or worked on it, for people
     * @param fencingToken the number of that owner
     * @param message what a person should know, one line
     * @param started when this owner started
     * @param ended when it ended; empty while it is at work
     */
    public record Content(
            Status status,
            OptionalInt exitCode,
            int round,
            String owner,
            long fencingToken,
            String message,
            Instant started,
            Optional<Instant> ended) {}

    /** Replaces the file. */
    public void write(Content content) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("status", content.status().name().toLowerCase(Locale.ROOT));
        if (content.exitCode().isPresent()) {
            root.put("exit_code", content.exitCode().getAsInt());
        } else {
            root.putNull("exit_code");
        }
        root.put("round", content.round());
        root.put("owner", content.owner());
        root.put("fencing_token", content.fencingToken());
        root.put("message", content.message());
        root.put("started_at", content.started().toString());
        root.put("ended_at", content.ended().map(Instant::toString).orElse(null));
        store.replace(file, JsonFields.text(root));
    }

    /**
     * Returns what the file says, or empty if there is none.
     *
     * @throws MalformedFileException if it is damaged
     */
    public Optional<Content> read() {
        byte[] text;
        try {
            text = store.read(file, LARGEST_BYTES);
        } catch (NotFoundException e) {
            return Optional.empty();
        }
        JsonFields root = JsonFields.parse(text, file);
        NewerFormatException.check(file, root.whole("format_version"), FORMAT_VERSION);
        try {
            return Optional.of(new Content(
                    Status.valueOf(root.text("status").toUpperCase(Locale.ROOT)),
                    root.has("exit_code") ? OptionalInt.of(root.integer("exit_code")) : OptionalInt.empty(),
                    root.integer("round"),
                    root.text("owner"),
                    root.whole("fencing_token"),
                    root.text("message"),
                    Instant.parse(root.text("started_at")),
                    root.optionalText("ended_at").map(Instant::parse)));
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new MalformedFileException(file + ": " + e.getMessage() + "; restore the file", e);
        }
    }
}
