package dev.convoke.evaluation.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.storage.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is in a dataset, for programs. */
final class DatasetFigures {

    private DatasetFigures() {}

    /** Returns {@code dataset.json}. */
    static ObjectNode of(ShardManifest manifest, Findings findings) {
        ObjectNode root = JsonFields.object().put("format_version", 1).put("manifest", manifest.digest());
        ObjectNode splits = root.putObject("splits");
        for (SplitSummary summary : manifest.splits()) {
            ObjectNode split = splits.putObject(summary.split().folder());
            ClassBalance balance = new ClassBalance(summary.perClass());
            split.put("examples", summary.examples()).put("image_bytes", summary.imageBytes());
            split.put("imbalance", balance.ratio());
            ArrayNode classes = split.putArray("classes");
            for (int label = 0; label < manifest.classes().size(); label++) {
                classes.addObject()
                        .put("name", manifest.classes().get(label))
                        .put("examples", summary.perClass().get(label))
                        .put("suggested_weight", balance.weight(label));
            }
            summary.statistics().mean().forEach(split.putArray("mean")::add);
            summary.statistics().deviation().forEach(split.putArray("deviation")::add);
            split.put("pixels", summary.statistics().pixels());
        }
        ObjectNode tally = root.putObject("images");
        findings.tally().counts().forEach((respect, kinds) -> kinds.forEach(tally.withObject("/" + respect)::put));
        ObjectNode rejected = root.putObject("quarantined");
        findings.rejections().byReason().forEach((reason, count) -> rejected.put(reason, count.count()));
        ObjectNode examples = root.putObject("quarantined_examples");
        findings.rejections().byReason().forEach((reason, count) -> examples.put(reason, count.example()));
        Duplicates twice = findings.duplicates();
        root.putObject("duplicates")
                .put("images", twice.groups())
                .put("surplus_files", twice.surplus())
                .put("label_conflicts", twice.conflicts())
                .put("split_overlaps", twice.overlaps());
        return root;
    }

    /** Returns {@code duplicates.jsonl}: one JSON object a line for each image that is there more than once. */
    static byte[] duplicates(List<String> classes, Duplicates twice) {
        StringBuilder lines = new StringBuilder();
        twice.examples().forEach(group -> lines.append(line(classes, group)).append('\n'));
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the line of one image that is there more than once. */
    static String line(List<String> classes, Duplicates.Group group) {
        ObjectNode line = JsonFields.object().put("sha256", group.sha256());
        line.put("label_conflict", group.isConflict()).put("split_overlap", group.isOverlap());
        ArrayNode files = line.putArray("files");
        for (Duplicates.Member member : group.members()) {
            files.addObject()
                    .put("path", member.path())
                    .put("split", member.split().folder())
                    .put("class", classes.get(member.label()));
        }
        return JsonFields.line(line);
    }
}
