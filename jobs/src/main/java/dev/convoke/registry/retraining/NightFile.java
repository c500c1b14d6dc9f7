package dev.convoke.registry.retraining;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.NotFoundException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code run.json} of a night: what schedulers read. Written whole each time, by the night's owner only. */
public final class NightFile {

    /** Its name in the night's folder and in the work folder. */
    public static final String FILE = "run.json";

    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 20;

    private NightFile() {}

    /** How a night stands. */
    public enum Status {
        /** At work, or its process has died without a word; the same command continues. */
        RUNNING,
        /** It has an outcome. */
        SUCCEEDED,
        /** It ended on an error; the same command tries again. */
        FAILED,
        /** It was asked to stop; the same command continues. */
        STOPPED
    }

    /** What came of a night. */
    public enum Outcome {
        /** Not known yet. */
        NONE,
        /** The alias names the challenger now. */
        PROMOTED,
        /** The alias names what it named before. */
        KEPT
    }

    /**
     * What the file says.
     *
     * @param night the night's name
     * @param status how it stands
     * @param exitCode of the process that ended it; empty while it is at work
     * @param outcome what came of it
     * @param message what a person should know, one line
     * @param champion number of the version the alias names; 0 if none
     * @param challenger number of the version this night registered; 0 if none
     * @param owner who works or worked on it, for people
     * @param fencingToken the number of that owner
     * @param started when this owner started
     * @param ended when it ended; empty while it is at work
     */
    public record Content(
            String night,
            Status status,
            OptionalInt exitCode,
            Outcome outcome,
            String message,
            int champion,
            int challenger,
            String owner,
            long fencingToken,
            Instant started,
            Optional<Instant> ended) {}

    /** Replaces the file in a folder. */
    public static void write(FileStore store, Location folder, Content content) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("night", content.night());
        root.put("status", content.status().name().toLowerCase(Locale.ROOT));
        if (content.exitCode().isPresent()) {
            root.put("exit_code", content.exitCode().getAsInt());
        } else {
            root.putNull("exit_code");
        }
        root.put("outcome", content.outcome().name().toLowerCase(Locale.ROOT));
        root.put("message", content.message().replaceAll("\\s+", " ").strip());
        root.put("champion", content.champion());
        root.put("challenger", content.challenger());
        root.put("owner", content.owner());
        root.put("fencing_token", content.fencingToken());
        root.put("started_at", content.started().toString());
        root.put("ended_at", content.ended().map(Instant::toString).orElse(null));
        store.replace(folder.child(FILE), JsonFields.text(root));
    }

    /**
     * Returns what the file in a folder says, or empty if there is none.
     *
     * @throws dev.convoke.storage.MalformedFileException if it is damaged
     */
    public static Optional<Content> read(FileStore store, Location folder) {
        Location file = folder.child(FILE);
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
                    root.text("night"),
                    Status.valueOf(root.text("status").toUpperCase(Locale.ROOT)),
                    root.has("exit_code") ? OptionalInt.of(root.integer("exit_code")) : OptionalInt.empty(),
                    Outcome.valueOf(root.text("outcome").toUpperCase(Locale.ROOT)),
                    root.text("message"),
                    root.integer("champion"),
                    root.integer("challenger"),
                    root.text("owner"),
                    root.whole("fencing_token"),
                    Instant.parse(root.text("started_at")),
                    root.optionalText("ended_at").map(Instant::parse)));
        } catch (DateTimeException | IllegalArgumentException e) {
            throw root.malformed(String.valueOf(e.getMessage()));
        }
    }
}
