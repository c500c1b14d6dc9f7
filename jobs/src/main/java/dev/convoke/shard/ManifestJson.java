package dev.convoke.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.shard.ShardEntry.RowGroup;
import dev.convoke.shard.ShardManifest.Source;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.storage.Location;
import java.io.IOException;
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
        return root;
    }

    static ShardManifest parse(byte[] content, Location place) {
        JsonNode root;
        try {
            root = MAPPER.readTree(content);
        } catch (IOException e) {
            throw new DamagedDatasetException(
                    place + " is no JSON (" + e.getMessage() + "): restore it, or shard the dataset again", e);
        }
        JsonFields fields = new JsonFields(root, place);
        if (!fields.text("format").equals(FORMAT)) {
            throw fields.damaged("format is '" + fields.text("format") + "', not '" + FORMAT + "'");
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
        JsonFields splitFields = fields.object("splits");
        for (Split split : Split.values()) {
            if (splitFields.has(split.folder())) {
                splits.add(summary(split, splitFields.object(split.folder()), classes));
            }
        }
        List<ShardEntry> shards = new ArrayList<>();
        for (JsonFields shard : fields.objects("shards")) {
            shards.add(shard(shard));
        }
        JsonFields source = fields.object("source");
        ShardManifest manifest = new ShardManifest(
                classes,
                splits,
                shards,
                new Source(source.text("kind"), source.text("fingerprint"), source.number("seed")),
                fields.number("quarantined"));
        checkCounts(manifest, fields);
        return manifest;
    }

    private static SplitSummary summary(Split split, JsonFields fields, List<String> classes) {
        List<Long> perClass = fields.numbers("per_class");
        SplitSummary summary = new SplitSummary(
                split,
                perClass,
                fields.number("image_bytes"),
                new ChannelStatistics(fields.decimals("mean"), fields.decimals("deviation")));
        if (perClass.size() != classes.size() || summary.examples() != fields.number("examples")) {
            throw fields.damaged("per_class does not fit classes and examples");
        }
        return summary;
    }

    private static ShardEntry shard(JsonFields fields) {
        List<RowGroup> groups = new ArrayList<>();
        long next = -1;
        for (JsonNode group : fields.array("groups")) {
            RowGroup entry = new RowGroup(
                    group.path(0).asInt(),
                    group.path(1).asLong(),
                    group.path(2).asInt(),
                    fields.checksum(group.path(3).asText()),
                    group.path(4).asText());
            if (entry.rows() < 1 || entry.bytes() < 1 || (next >= 0 && entry.offset() != next)) {
                throw fields.damaged("groups are not in order and without gaps");
            }
            next = entry.offset() + entry.bytes();
            groups.add(entry);
        }
        String file = fields.text("file");
        Split split = Split.of(fields.text("split"));
        if (groups.isEmpty() || next > fields.number("bytes") || !file.startsWith(split.folder() + "/part-")) {
            throw fields.damaged("the shard " + file + " does not fit its own groups and split");
        }
        ShardEntry entry = new ShardEntry(
                file,
                split,
                fields.number("bytes"),
                fields.text("sha256"),
                fields.checksum(fields.text("footer_crc32c")),
                groups);
        if (entry.rows() != fields.number("rows")) {
            throw fields.damaged("the shard " + file + " states rows that its groups do not have");
        }
        return entry;
    }

    private static void checkCounts(ShardManifest manifest, JsonFields fields) {
        for (SplitSummary summary : manifest.splits()) {
            long rows = manifest.shards(summary.split()).stream()
                    .mapToLong(ShardEntry::rows)
                    .sum();
            if (rows != summary.examples()) {
                throw fields.damaged("the shards of " + summary.split().folder() + " hold " + rows
                        + " examples, its summary says " + summary.examples());
            }
        }
    }

    private static String hex(int checksum) {
        return HexFormat.of().toHexDigits(checksum);
    }
}
