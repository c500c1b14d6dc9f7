package dev.convoke.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.shard.ShardEntry.RowGroup;
import dev.convoke.shard.ShardManifest.History;
import dev.convoke.shard.ShardManifest.Source;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.MalformedFileException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The manifest as JSON, field by field; docs/formats.md describes it. */
final class ManifestJson {

    private static final String FORMAT = "convoke-dataset";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ManifestJson() {}

    /** One line, fields in one order: what the digest is taken of. */
    static String canonical(ShardManifest manifest) {
        return tree(manifest).toString();
    }

    static String pretty(ShardManifest manifest) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree(manifest)) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A manifest that is no JSON; this is a defect of ours", e);
        }
    }

    private static ObjectNode tree(ShardManifest manifest) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT).put("version", ShardManifest.VERSION);
        manifest.classes().forEach(root.putArray("classes")::add);
        ObjectNode splits = root.putObject("splits");
        for (SplitSummary summary : manifest.splits()) {
            ObjectNode split = splits.putObject(summary.split().folder());
            split.put("examples", summary.examples()).put("image_bytes", summary.imageBytes());
            summary.perClass().forEach(split.putArray("per_class")::add);
            summary.statistics().mean().forEach(split.putArray("mean")::add);
            summary.statistics().deviation().forEach(split.putArray("deviation")::add);
            if (summary.statistics().pixels() > 0) {
                split.put("pixels", summary.statistics().pixels());
            }
        }
        ArrayNode shards = root.putArray("shards");
        for (ShardEntry entry : manifest.shards()) {
            ObjectNode shard = shards.addObject();
            shard.put("file", entry.file()).put("split", entry.split().folder());
            shard.put("rows", entry.rows()).put("bytes", entry.bytes()).put("sha256", entry.sha256());
            shard.put("footer_crc32c", hex(entry.footerCrc32c()));
            ArrayNode groups = shard.putArray("groups");
            for (RowGroup group : entry.groups()) {
                ArrayNode place = groups.addArray()
                        .add(group.rows())
                        .add(group.offset())
                        .add(group.bytes())
                        .add(hex(group.crc32c()));
                if (!group.labels().isEmpty()) {
                    place.add(group.labels());
                }
            }
        }
        Source source = manifest.source();
        root.putObject("source")
                .put("kind", source.kind())
                .put("fingerprint", source.fingerprint())
                .put("seed", source.seed());
        root.put("quarantined", manifest.quarantined());
        History history = manifest.history();
        if (!history.equals(History.NONE)) {
            root.put("revision", history.revision()).put("parent", history.parent());
            history.requests().forEach(root.putArray("requests")::add);
            history.titles().forEach(root.putArray("titles")::add);
        }
        return root;
    }

    static ShardManifest parse(byte[] content, Location place) {
        try {
            return parse(JsonFields.parse(content, place), place);
        } catch (MalformedFileException e) {
            throw new DamagedDatasetException(e.getMessage() + ", or shard the dataset again", e);
        }
    }

    private static ShardManifest parse(JsonFields fields, Location place) {
        if (!fields.text("format").equals(FORMAT)) {
            throw fields.malformed("format is '" + fields.text("format") + "', not '" + FORMAT + "'");
        }
        int version = fields.integer("version");
        if (version > ShardManifest.VERSION) {
            throw new DamagedDatasetException(
                    place + " has format version " + version + ", this program reads up to " + ShardManifest.VERSION
                            + ": use a newer convoke, or shard the dataset again",
                    null);
        }
        List<String> classes = fields.texts("classes");
        List<SplitSummary> splits = new ArrayList<>();
        JsonFields splitFields = fields.fields("splits");
        for (Split split : Split.values()) {
            if (splitFields.has(split.folder())) {
                splits.add(summary(split, splitFields.fields(split.folder()), classes));
            }
        }
        List<ShardEntry> shards = new ArrayList<>();
        for (JsonFields shard : fields.list("shards")) {
            shards.add(shard(shard));
        }
        JsonFields source = fields.fields("source");
        ShardManifest manifest = new ShardManifest(
                classes,
                splits,
                shards,
                new Source(source.text("kind"), source.text("fingerprint"), source.whole("seed")),
                fields.whole("quarantined"),
                fields.has("revision")
                        ? new History(
                                fields.integer("revision"),
                                fields.text("parent"),
                                fields.texts("requests"),
                                fields.texts("titles"))
                        : History.NONE);
        checkCounts(manifest, fields);
        return manifest;
    }

    private static SplitSummary summary(Split split, JsonFields fields, List<String> classes) {
        List<Long> perClass = fields.wholes("per_class");
        SplitSummary summary = new SplitSummary(
                split,
                perClass,
                fields.whole("image_bytes"),
                new ChannelStatistics(
                        fields.decimals("mean"),
                        fields.decimals("deviation"),
                        fields.has("pixels") ? fields.whole("pixels") : 0));
        if (perClass.size() != classes.size() || summary.examples() != fields.whole("examples")) {
            throw fields.malformed("per_class does not fit classes and examples");
        }
        return summary;
    }

    private static ShardEntry shard(JsonFields fields) {
        List<RowGroup> groups = new ArrayList<>();
        long next = -1;
        for (JsonNode group : fields.items("groups")) {
            RowGroup entry = new RowGroup(
                    group.path(0).asInt(),
                    group.path(1).asLong(),
                    group.path(2).asInt(),
                    checksum(fields, group.path(3).asText()),
                    group.path(4).asText());
            if (entry.rows() < 1 || entry.bytes() < 1 || (next >= 0 && entry.offset() != next)) {
                throw fields.malformed("groups are not in order and without gaps");
            }
            next = entry.offset() + entry.bytes();
            groups.add(entry);
        }
        String file = fields.text("file");
        Split split = Split.of(fields.text("split"));
        if (groups.isEmpty() || next > fields.whole("bytes") || !file.startsWith(split.folder() + "/part-")) {
            throw fields.malformed("the shard " + file + " does not fit its own groups and split");
        }
        ShardEntry entry = new ShardEntry(
                file,
                split,
                fields.whole("bytes"),
                fields.text("sha256"),
                checksum(fields, fields.text("footer_crc32c")),
                groups);
        if (entry.rows() != fields.whole("rows")) {
            throw fields.malformed("the shard " + file + " states rows that its groups do not have");
        }
        return entry;
    }

    private static int checksum(JsonFields fields, String text) {
        try {
            return HexFormat.fromHexDigits(text);
        } catch (IllegalArgumentException e) {
            throw fields.malformed("'" + text + "' is no checksum");
        }
    }

    private static void checkCounts(ShardManifest manifest, JsonFields fields) {
        for (SplitSummary summary : manifest.splits()) {
            long rows = manifest.shards(summary.split()).stream()
                    .mapToLong(ShardEntry::rows)
                    .sum();
            if (rows != summary.examples()) {
                throw fields.malformed("the shards of " + summary.split().folder() + " hold " + rows
                        + " examples, its summary says " + summary.examples());
            }
        }
    }

    private static String hex(int checksum) {
        return HexFormat.of().toHexDigits(checksum);
    }
}
