package dev.convoke.evaluation.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.data.Example;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.shard.ingest.ShardBuilder.Rejected;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is in a dataset, beside it: {@code dataset.json} for programs, {@code dataset.html} for people, and
 * {@code duplicates.jsonl} if images are there more than once. Made again at any time from the dataset, but for what
 * was noticed when it came in.
 */
public final class DatasetReport {

    /** Name of the page in the dataset's folder. */
    public static final String PAGE = "dataset.html";

    /** Name of the figures in the dataset's folder. */
    public static final String FIGURES = "dataset.json";

    /** Name of the list of duplicates in the dataset's folder. */
    public static final String DUPLICATES = "duplicates.jsonl";

    private static final int CLASSES_SHOWN = 200;
    private static final int PICTURES = 24;
    private static final int PICTURES_A_CLASS = 3;
    private static final int GROUPS_READ = 6;

    private final ShardManifest manifest;
    private final Findings findings;
    private final Html html = new Html();

    private DatasetReport(ShardManifest manifest, Findings findings) {
        this.manifest = manifest;
        this.findings = findings;
    }

    /** Writes the files, replacing older ones. */
    public static void write(FileStores stores, Location dataset, ShardManifest manifest, Findings findings) {
        DatasetReport report = new DatasetReport(manifest, findings);
        FileStore store = stores.of(dataset);
        if (findings.duplicates().groups() > 0) {
            store.replace(dataset.child(DUPLICATES), report.duplicates().getBytes(StandardCharsets.UTF_8));
        } else {
            store.delete(dataset.child(DUPLICATES));
        }
        store.replace(dataset.child(FIGURES), JsonFields.text(report.figures()));
        String page = report.page(ShardedDataset.of(stores, dataset, manifest), dataset.name());
        store.replace(dataset.child(PAGE), page.getBytes(StandardCharsets.UTF_8));
    }

    private ObjectNode figures() {
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
        Duplicates twice = findings.duplicates();
        root.putObject("duplicates")
                .put("images", twice.groups())
                .put("surplus_files", twice.surplus())
                .put("label_conflicts", twice.conflicts())
                .put("split_overlaps", twice.overlaps());
        return root;
    }

    private String duplicates() {
        StringBuilder lines = new StringBuilder();
        for (Duplicates.Group group : findings.duplicates().examples()) {
            ObjectNode line = JsonFields.object().put("sha256", group.sha256());
            line.put("label_conflict", group.isConflict()).put("split_overlap", group.isOverlap());
            ArrayNode files = line.putArray("files");
            for (Duplicates.Member member : group.members()) {
                files.addObject()
                        .put("path", member.path())
                        .put("split", member.split().folder())
                        .put("class", manifest.classes().get(member.label()));
            }
            lines.append(JsonFields.line(line)).append('\n');
        }
        return lines.toString();
    }

    private String page(ShardedDataset dataset, String name) {
        html.open("html", "lang", "en").open("head");
        html.empty("meta", "charset", "utf-8");
        html.empty("meta", "http-equiv", "Content-Security-Policy", "content", ReportPage.POLICY);
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.element("title", name + " – Convoke dataset")
                .style(ReportPage.css())
                .close();
        html.open("body").open("main");
        html.open("header").element("p", "Convoke dataset", "class", "eyebrow").element("h1", name);
        html.element(
                "p",
                Numbers.count(manifest.classes().size()) + " classes, "
                        + Numbers.count(manifest.shards().size()) + " shards, revision "
                        + manifest.history().revision() + ", " + Numbers.count(manifest.quarantined())
                        + " files quarantined",
                "class",
                "facts");
        html.close();
        manifest.splits().forEach(this::split);
        facts();
        twice();
        pictures(dataset);
        quarantined();
        html.open("footer").text("Written by Convoke; this page needs nothing beside it.");
        return html.close().close().close().close().page();
    }

    private void split(SplitSummary summary) {
        ClassBalance balance = new ClassBalance(summary.perClass());
        html.element("h2", summary.split().folder()).open("section", "class", "card");
        html.element(
                "p",
                Numbers.count(summary.examples()) + " examples, " + Numbers.plain(summary.imageBytes() / 1e6)
                        + " MB; mean " + numbers(summary.statistics().mean()) + ", deviation "
                        + numbers(summary.statistics().deviation()) + " of red, green, blue; the largest class has "
                        + Numbers.plain(balance.ratio()) + " times as many examples as the smallest");
        html.open("table");
        row("th", "class", "examples", "suggested weight");
        for (int label = 0; label < Math.min(CLASSES_SHOWN, manifest.classes().size()); label++) {
            row("td", title(label), Numbers.count(summary.perClass().get(label)), Numbers.plain(balance.weight(label)));
        }
        html.close();
        if (manifest.classes().size() > CLASSES_SHOWN) {
            html.element("p", "The other classes are in " + FIGURES + ".");
        }
        html.close();
    }

    private String title(int label) {
        List<String> titles = manifest.history().titles();
        String name = manifest.classes().get(label);
        return titles.isEmpty() || titles.get(label).isEmpty() ? name : name + ": " + titles.get(label);
    }

    private static String numbers(List<Double> values) {
        return String.join(" ", values.stream().map(Numbers::plain).toList());
    }

    private void row(String cell, String... texts) {
        html.open("tr");
        for (String text : texts) {
            html.element(cell, text);
        }
        html.close();
    }

    private void facts() {
        html.element("h2", "The images").open("section", "class", "columns");
        findings.tally().counts().forEach((respect, kinds) -> {
            html.open("div", "class", "card").element("h3", respect).open("table");
            kinds.forEach((kind, count) -> row("td", kind, Numbers.count(count)));
            html.close().close();
        });
        html.close();
    }

    private void twice() {
        Duplicates twice = findings.duplicates();
        html.element("h2", "Images that are there more than once").open("section", "class", "card");
        html.element(
                "p",
                Numbers.count(twice.groups()) + " images, " + Numbers.count(twice.surplus()) + " surplus files; "
                        + Numbers.count(twice.conflicts()) + " under more than one label, "
                        + Numbers.count(twice.overlaps()) + " in more than one split");
        html.open("ul");
        twice.examples().stream().limit(20).forEach(group -> {
            List<String> files = group.members().stream()
                    .map(member -> member.path() + " (" + manifest.classes().get(member.label()) + ", "
                            + member.split().folder() + ")")
                    .toList();
            html.element("li", String.join(" = ", files));
        });
        html.close().close();
    }

    private void pictures(ShardedDataset dataset) {
        html.element("h2", "Examples").open("section", "class", "pictures");
        Split split = manifest.splits().get(0).split();
        ExampleGroups groups = dataset.groups(split);
        Map<Integer, Integer> perClass = new HashMap<>();
        int shown = 0;
        for (int group = 0; group < Math.min(GROUPS_READ, groups.sizes().size()) && shown < PICTURES; group++) {
            for (Example example : groups.read(group)) {
                if (shown < PICTURES && perClass.merge(example.label(), 1, Integer::sum) <= PICTURES_A_CLASS) {
                    figure(ImageData.uri(example.encoded()), example.path(), title(example.label()));
                    shown++;
                }
            }
        }
        html.close();
    }

    private void figure(String source, String path, String caption) {
        html.open("figure").empty("img", "src", source, "alt", path, "title", path);
        html.element("figcaption", caption).close();
    }

    private void quarantined() {
        if (findings.rejections().total() == 0) {
            return;
        }
        html.element("h2", "Quarantined").open("section", "class", "card").open("table");
        findings.rejections()
                .byReason()
                .forEach((reason, count) -> row("td", reason, Numbers.count(count.count()), count.example()));
        html.close().close().open("section", "class", "pictures");
        for (Rejected one : findings.shown()) {
            boolean picture = one.content().startsWith("/9j/") || one.content().startsWith("iVBORw0KGgo");
            if (picture) {
                String format = one.content().startsWith("/9j/") ? "jpeg" : "png";
                figure(
                        "data:image/" + format + ";base64," + one.content(),
                        one.path(),
                        one.reason() + ": " + one.path());
            } else {
                html.element("p", one.reason() + ": " + one.path());
            }
        }
        html.close();
    }
}
