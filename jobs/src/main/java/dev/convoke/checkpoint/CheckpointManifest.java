package dev.convoke.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The manifest of a checkpoint as JSON; the format is in docs/formats.md. */
final class CheckpointManifest {

    static final String FILE = "manifest.json";
    static final int FORMAT_VERSION = 1;
    static final int LARGEST_BYTES = 64 << 20;

    private static final Pattern SLICE_NAME = Pattern.compile("slice-\\d{4,9}\\.bin");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private CheckpointManifest() {}

    static byte[] write(CheckpointHeader header, long fencingToken, List<SliceEntry> slices) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("rounds_done", header.roundsDone());
        root.put("epoch", header.epoch());
        root.put("examples_seen", header.examplesSeen());
        root.put("fencing_token", fencingToken);
        RunIdentity identity = header.identity();
        root.putObject("identity")
                .put("seed", identity.seed())
                .put("workers", identity.workers())
                .put("batch", identity.batch())
                .put("averaging", identity.averaging())
                .put("dataset_sha256", identity.datasetSha256())
                .put("architecture_sha256", identity.architectureSha256())
                .put("recipe_sha256", identity.recipeSha256());
        ArrayNode changes = root.putArray("changes");
        for (Change change : header.changes()) {
            changes.addObject()
                    .put("rounds_done", change.roundsDone())
                    .put("what", change.what())
                    .put("from", change.from())
                    .put("to", change.to());
        }
        ArrayNode sliceNodes = root.putArray("slices");
        for (SliceEntry slice : slices) {
            sliceNodes
                    .addObject()
                    .put("file", slice.file())
                    .put("offset", slice.offset())
                    .put("length", slice.length())
                    .put("sha256", slice.sha256());
        }
        root.put("updater_state_count", header.layout().updaterStateCount());
        ArrayNode parameters = root.putArray("parameters");
        for (Segment segment : header.layout().segments()) {
            parameters
                    .addObject()
                    .put("layer", segment.layer())
                    .put("parameter", segment.parameter())
                    .put("kind", segment.kind().name().toLowerCase(Locale.ROOT))
                    .put("offset", segment.offset())
                    .put("length", segment.length());
        }
        return JsonFields.text(root);
    }

    static Checkpoint read(Location folder, byte[] text) {
        Location file = folder.child(FILE);
        JsonFields root = JsonFields.parse(text, file);
        NewerFormatException.check(file, root.whole("format_version"), FORMAT_VERSION);
        JsonFields identity = root.fields("identity");
        CheckpointHeader header = new CheckpointHeader(
                root.integer("rounds_done"),
                root.integer("epoch"),
                root.whole("examples_seen"),
                new RunIdentity(
                        identity.whole("seed"),
                        identity.integer("workers"),
                        identity.integer("batch"),
                        identity.text("averaging"),
                        identity.text("dataset_sha256"),
                        identity.text("architecture_sha256"),
                        identity.text("recipe_sha256")),
                layout(root, file),
                changes(root));
        List<SliceEntry> slices = slices(root);
        checkSlices(file.toString(), slices);
        return new Checkpoint(folder, header, root.whole("fencing_token"), slices, Sha256.of(text));
    }

    /** Checks that slices are one vector without gaps and that their names stay in their folder. */
    static void checkSlices(String where, List<SliceEntry> slices) {
        long next = 0;
        for (SliceEntry slice : slices) {
            boolean fits = slice.offset() == next && slice.length() > 0;
            next += slice.length();
            if (!fits
                    || next > Integer.MAX_VALUE
                    || !SLICE_NAME.matcher(slice.file()).matches()
                    || !DIGEST.matcher(slice.sha256()).matches()) {
                throw new MalformedFileException(
                        where + ": " + slice + " does not continue the slices before it; resume from another one",
                        null);
            }
        }
        if (slices.isEmpty()) {
            throw new MalformedFileException(where + ": it has no slices; resume from another one", null);
        }
        if (slices.stream().map(SliceEntry::file).distinct().count() < slices.size()) {
            throw new MalformedFileException(where + ": a slice is named twice; resume from another one", null);
        }
    }

    private static List<SliceEntry> slices(JsonFields root) {
        List<SliceEntry> slices = new ArrayList<>();
        for (JsonFields slice : root.list("slices")) {
            slices.add(new SliceEntry(
                    slice.text("file"), slice.integer("offset"), slice.integer("length"), slice.text("sha256")));
        }
        return slices;
    }

    private static StateLayout layout(JsonFields root, Location file) {
        List<Segment> segments = new ArrayList<>();
        int next = 0;
        for (JsonFields one : root.list("parameters")) {
            Segment segment = new Segment(
                    one.text("layer"),
                    one.text("parameter"),
                    kind(one.text("kind"), file),
                    one.integer("offset"),
                    one.integer("length"));
            if (segment.offset() != next || segment.length() < 0) {
                throw new MalformedFileException(
                        file + ": " + segment + " does not continue the parameters before it; resume from another one",
                        null);
            }
            next += segment.length();
            segments.add(segment);
        }
        return new StateLayout(segments, next, root.integer("updater_state_count"));
    }

    private static Kind kind(String text, Location file) {
        for (Kind kind : Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(text)) {
                return kind;
            }
        }
        throw new MalformedFileException(
                file + ": '" + text + "' is no kind of parameter; resume from another one", null);
    }

    private static List<Change> changes(JsonFields root) {
        List<Change> changes = new ArrayList<>();
        for (JsonFields change : root.list("changes")) {
            changes.add(new Change(
                    change.integer("rounds_done"), change.text("what"), change.text("from"), change.text("to")));
        }
        return changes;
    }
}
