package dev.convoke.evaluation.report;

import dev.convoke.data.Example;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Findings;
import dev.convoke.shard.ingest.RangeReader;
import dev.convoke.shard.ingest.ReportFiles;
import dev.convoke.shard.ingest.ShardBuilder.Rejected;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is in a dataset, beside it: {@code dataset.json} for programs, {@code figures.jsonl} for SQL,
 * {@code dataset.html} for people, and {@code duplicates.jsonl} if images are there more than once. Made again at any
 * time from the dataset, but for what was noticed when it came in.
 */
public final class DatasetReport {

    private static final int CLASSES_SHOWN = 200;
    private static final int PICTURES = 24;
    private static final int PICTURES_A_CLASS = 3;
    private static final int GROUPS_READ = 6;
    private static final int LARGEST_SHOWN = 256 << 10;

    private final ShardManifest manifest;
    private final Findings findings;
    private final FileStores stores;
    private final Html html = new Html();

    private DatasetReport(ShardManifest manifest, Findings findings, FileStores stores) {
        this.manifest = manifest;
        this.findings = findings;
        this.stores = stores;
    }

    /** Writes the files, replacing older ones; last the one that says which manifest they all describe. */
    public static void write(FileStores stores, Location dataset, ShardManifest manifest, Findings findings) {
        FileStore store = stores.of(dataset);
        store.replace(dataset.child(ReportFiles.ROWS), FigureRows.of(manifest, findings));
        String page = new DatasetReport(manifest, findings, stores)
                .page(ShardedDataset.of(stores, dataset, manifest), dataset.name());
        store.replace(dataset.child(ReportFiles.PAGE), page.getBytes(StandardCharsets.UTF_8));
        note(store, dataset, manifest, findings);
    }

    /**
     * Writes {@code dataset.json} and {@code duplicates.jsonl} alone, so that what was noticed outlives the process
     * that noticed it.
     *
     * @param folder the dataset, or any other folder of its file system
     */
    public static void note(FileStore store, Location folder, ShardManifest manifest, Findings findings) {
        Duplicates twice = findings.duplicates();
        if (twice.groups() > 0) {
            store.replace(folder.child(ReportFiles.DUPLICATES), DatasetFigures.duplicates(manifest.classes(), twice));
        } else {
            store.delete(folder.child(ReportFiles.DUPLICATES));
        }
        store.replace(folder.child(ReportFiles.FIGURES), JsonFields.text(DatasetFigures.of(manifest, findings)));
    }

    /**
     * Writes a list in the format of {@code duplicates.jsonl}.
     *
     * @param file must not be there yet
     * @param images may be more than memory holds
     */
    public static void list(FileStore store, Location file, List<String> classes, Iterator<Duplicates.Group> images) {
        try (BufferedOutputStream out = new BufferedOutputStream(store.create(file))) {
            while (images.hasNext()) {
                out.write((DatasetFigures.line(classes, images.next()) + '\n').getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new StorageException(
                    "Cannot write " + file + " (" + e.getMessage() + "): look at the storage, then shard again", e);
        }
    }

    /**
     * Returns what is known of a dataset that is there: all that was noticed but the pictures, or, where nothing
     * describes it any more, what its quarantine lists.
     *
     * @param noted another folder, to which {@link #note} may have written
     */
    public static Findings known(FileStore store, Location dataset, ShardManifest manifest, Location noted) {
        KnownFindings known = new KnownFindings(store, manifest);
        return known.isDescribed(dataset)
                ? known.read(dataset)
                : known.isDescribed(noted) ? known.read(noted) : known.counted(dataset);
    }

    /** Writes the files again where one is missing or describes another manifest than the dataset's. */
    public static void restore(FileStores stores, Location dataset, Location noted) {
        FileStore store = stores.of(dataset);
        ShardManifest manifest = ShardManifest.read(store, dataset);
        boolean complete = store.exists(dataset.child(ReportFiles.PAGE))
                && store.exists(dataset.child(ReportFiles.ROWS))
                && new KnownFindings(store, manifest).isDescribed(dataset);
        if (!complete) {
            write(stores, dataset, manifest, known(store, dataset, manifest, noted));
        }
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
            html.element("p", "The other classes are in " + ReportFiles.FIGURES + ".");
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
            String caption = one.reason() + ": " + one.image().path();
            Optional<String> picture = picture(one.image());
            if (picture.isPresent()) {
                figure(picture.get(), one.image().path(), caption);
            } else {
                html.element("p", caption);
            }
        }
        html.close();
    }

    /** Returns what a browser may make something of: the file as it is, if it begins as an image and is not large. */
    private Optional<String> picture(SourceImage image) {
        if (image.length() < 1 || image.length() > LARGEST_SHOWN || image.raw() != null) {
            return Optional.empty();
        }
        String content;
        try (RangeReader reader = new RangeReader(stores)) {
            content = Base64.getEncoder().encodeToString(reader.read(image));
        } catch (StorageException gone) {
            return Optional.empty(); // named without a picture: where it was spooled, an earlier job has cleaned up
        }
        if (content.startsWith("/9j/")) {
            return Optional.of("data:image/jpeg;base64," + content);
        }
        return content.startsWith("iVBORw0KGgo") ? Optional.of("data:image/png;base64," + content) : Optional.empty();
    }
}
