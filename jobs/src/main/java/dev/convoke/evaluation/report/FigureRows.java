package dev.convoke.evaluation.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.storage.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The figures of a dataset as rows, all with the same columns, so that SQL reads them without knowing any class. */
final class FigureRows {

    private static final List<String> CHANNELS = List.of("red", "green", "blue");

    private final StringBuilder lines = new StringBuilder();

    private FigureRows() {}

    /** Returns {@code figures.jsonl}. */
    static byte[] of(ShardManifest manifest, Findings findings) {
        FigureRows rows = new FigureRows();
        manifest.splits().forEach(split -> rows.add(manifest, split));
        findings.tally()
                .counts()
                .forEach((respect, kinds) ->
                        kinds.forEach((kind, count) -> rows.count(null, "images", respect, kind, count)));
        findings.rejections()
                .byReason()
                .forEach((reason, count) -> rows.count(null, "quarantined", "reason", reason, count.count()));
        Duplicates twice = findings.duplicates();
        rows.count(null, "duplicate_images", null, null, twice.groups());
        rows.count(null, "surplus_files", null, null, twice.surplus());
        rows.count(null, "label_conflicts", null, null, twice.conflicts());
        rows.count(null, "split_overlaps", null, null, twice.overlaps());
        return rows.lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void add(ShardManifest manifest, SplitSummary summary) {
        String split = summary.split().folder();
        ClassBalance balance = new ClassBalance(summary.perClass());
        for (int label = 0; label < manifest.classes().size(); label++) {
            String name = manifest.classes().get(label);
            count(split, "examples", "class", name, summary.perClass().get(label));
            add(split, "suggested_weight", "class", name, balance.weight(label));
        }
        count(split, "image_bytes", null, null, summary.imageBytes());
        add(split, "imbalance", null, null, balance.ratio());
        ChannelStatistics statistics = summary.statistics();
        count(split, "pixels", null, null, statistics.pixels());
        for (int channel = 0; channel < CHANNELS.size(); channel++) {
            String name = CHANNELS.get(channel);
            add(split, "mean", "channel", name, statistics.mean().get(channel));
            add(split, "deviation", "channel", name, statistics.deviation().get(channel));
        }
    }

    private void count(
            @Nullable String split, String figure, @Nullable String respect, @Nullable String kind, long count) {
        add(split, figure, respect, kind, (double) count);
    }

    /** One type for every value: a reader that goes by the first rows must not take all for whole numbers. */
    private void add(
            @Nullable String split, String figure, @Nullable String respect, @Nullable String kind, double value) {
        ObjectNode row = JsonFields.object().put("format_version", 1).put("split", split);
        row.put("figure", figure).put("respect", respect).put("kind", kind).put("value", value);
        lines.append(JsonFields.line(row)).append('\n');
    }
}
