package dev.convoke.evaluation.report;

import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.shard.ingest.Rejections;
import dev.convoke.shard.ingest.Rejections.Count;
import dev.convoke.shard.ingest.ReportFiles;
import dev.convoke.shard.ingest.Tally;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was noticed about a dataset, read back from the figures beside it and from its quarantine. */
final class KnownFindings {

    private static final int LARGEST_BYTES = 512 << 20;

    private final FileStore store;
    private final ShardManifest manifest;

    KnownFindings(FileStore store, ShardManifest manifest) {
        this.store = store;
        this.manifest = manifest;
    }

    /** Returns whether the figures in a folder are there and describe this very manifest. */
    boolean isDescribed(Location folder) {
        Location figures = folder.child(ReportFiles.FIGURES);
        return store.exists(figures) && figures(figures).text("manifest").equals(manifest.digest());
    }

    private JsonFields figures(Location file) {
        return JsonFields.parse(store.read(file, LARGEST_BYTES), file);
    }

    /**
     * Reads all but the pictures.
     *
     * @param folder where {@link #isDescribed} holds
     */
    Findings read(Location folder) {
        JsonFields figures = figures(folder.child(ReportFiles.FIGURES));
        Map<String, Map<String, Long>> tally = new TreeMap<>();
        JsonFields images = figures.fields("images");
        images.names().forEach(respect -> tally.put(respect, counts(images.fields(respect))));
        Map<String, Count> rejected = new TreeMap<>();
        JsonFields examples = figures.has("quarantined_examples") ? figures.fields("quarantined_examples") : figures;
        counts(figures.fields("quarantined"))
                .forEach((reason, count) -> rejected.put(
                        reason, new Count(count, examples.optionalText(reason).orElse(""))));
        JsonFields twice = figures.fields("duplicates");
        Duplicates duplicates = new Duplicates(
                twice.whole("images"),
                twice.whole("surplus_files"),
                twice.whole("label_conflicts"),
                twice.whole("split_overlaps"),
                groups(folder.child(ReportFiles.DUPLICATES)));
        return new Findings(new Tally(tally), new Rejections(rejected), duplicates, List.of());
    }

    private static Map<String, Long> counts(JsonFields fields) {
        return fields.names().stream().collect(Collectors.toMap(name -> name, fields::whole));
    }

    private List<Duplicates.Group> groups(Location file) {
        List<Duplicates.Group> groups = new ArrayList<>();
        if (store.exists(file)) {
            new String(store.read(file, LARGEST_BYTES), StandardCharsets.UTF_8)
                    .lines()
                    .forEach(line -> {
                        JsonFields group = JsonFields.parse(line.getBytes(StandardCharsets.UTF_8), file);
                        List<Duplicates.Member> members = group.list("files").stream()
                                .map(member -> new Duplicates.Member(
                                        Split.ofFolder(member.text("split")).orElseThrow(),
                                        manifest.classes().indexOf(member.text("class")),
                                        member.text("path")))
                                .toList();
                        groups.add(new Duplicates.Group(group.text("sha256"), members));
                    });
        }
        return groups;
    }

    /** Counts what the dataset's quarantine lists: all that is left where nothing describes this manifest. */
    Findings counted(Location dataset) {
        Rejections[] sum = {Rejections.NONE};
        List<Location> lists = new ArrayList<>(List.of(dataset.child(Quarantine.FILE)));
        for (int revision = 2; revision <= manifest.history().revision(); revision++) {
            lists.add(dataset.child(String.format(Locale.ROOT, "revisions/quarantine-%06d.jsonl", revision)));
        }
        for (Location list : lists) {
            if (store.exists(list)) {
                Quarantine.read(
                        store, list, entry -> sum[0] = sum[0].plus(Rejections.of(entry.reason(), entry.path())));
            }
        }
        return new Findings(Tally.NONE, sum[0], Duplicates.NONE, List.of());
    }
}
