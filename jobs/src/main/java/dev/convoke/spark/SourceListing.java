package dev.convoke.spark;

import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.FolderSource;
import dev.convoke.shard.ingest.IlsvrcSource;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.ListSource;
import dev.convoke.shard.ingest.RecordFiles;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.shard.ingest.Spool;
import dev.convoke.shard.ingest.TarSource;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes the list of a source's images: folders, the class archives of ImageNet and the files of a list by many tasks,
 * one archive by one pass of the driver.
 */
final class SourceListing {

    private static final int MOST_LISTING_TASKS = 64;
    private static final int IMAGES_A_PART = 20_000;

    private final JavaSparkContext spark;
    private final StorageAccess access;
    private final ShardingTasks tasks;

    SourceListing(JavaSparkContext spark, StorageAccess access, ShardingTasks tasks) {
        this.spark = spark;
        this.access = access;
        this.tasks = tasks;
    }

    /**
     * What a source holds.
     *
     * @param kind in a word
     * @param layout what its paths mean
     * @param parts where the list of its images is
     * @param titles what people call its classes, by name; empty if nobody said
     */
    record Listed(String kind, Layout layout, List<String> parts, Map<String, String> titles) {

        Listed withTitles(Map<String, String> known) {
            return new Listed(kind, layout, parts, known);
        }
    }

    Listed list(Location source, Location temporary, ShardingProgress progress) {
        FileStore store = access.stores().of(source);
        FileEntry there = store.find(source)
                .orElseThrow(() -> new UnusableSourceException("There is nothing at " + source
                        + ": give a folder of images, a tar of one, a list, or the files as they were downloaded"));
        if (there.folder() && Addition.isAt(store, source)) {
            Addition prepared = Addition.read(store, source);
            return new Listed(prepared.kind(), prepared.layout(), prepared.parts(), Map.of());
        }
        if (there.folder()) {
            return listFolder(store, source, temporary, progress);
        }
        if (source.name().equals(IlsvrcSource.TRAINING)) {
            IlsvrcSource downloads = new IlsvrcSource(access.stores(), source.parent());
            return listTraining(downloads, source.parent()).withTitles(downloads.titles(temporary));
        }
        if (TarSource.isTar(source.name())) {
            return listTar(store, source, temporary, progress);
        }
        if (ListSource.isList(source.name())) {
            return listList(store, source, temporary, progress);
        }
        throw new UnusableSourceException(source
                + " is neither a folder nor named *.tar, *.tar.gz, *.tgz, *.csv or *.jsonl: these are what can be"
                + " sharded");
    }

    private Listed listFolder(FileStore store, Location source, Location temporary, ShardingProgress progress) {
        if (store.exists(source.child(IlsvrcSource.TRAINING))) {
            IlsvrcSource downloads = new IlsvrcSource(access.stores(), source);
            Listed training = listTraining(downloads, source);
            return downloads.hasValidation()
                    ? withValidation(training, downloads, temporary, progress)
                    : training.withTitles(downloads.titles(temporary));
        }
        List<FileEntry> files =
                store.list(source).stream().filter(entry -> !entry.folder()).toList();
        RecordFiles records = new RecordFiles(access.stores(), source);
        if (RecordFiles.isIdx(files.stream().map(file -> file.location().name()).toList())) {
            return listRecords("idx", temporary, progress, each -> records.idx(temporary.child("idx"), each));
        }
        List<SourceImage> cifar = files.stream()
                .map(file ->
                        new SourceImage(file.location().name(), file.location().uri(), 0, file.bytes()))
                .filter(file -> RecordFiles.isCifar(file.path()) || RecordFiles.isCifarNames(file.path()))
                .toList();
        return cifar.stream().noneMatch(file -> RecordFiles.isCifar(file.path()))
                ? listFolders(store, source)
                : listCifar(records, cifar, temporary, progress);
    }

    private Listed listCifar(
            RecordFiles records, List<SourceImage> files, Location temporary, ShardingProgress progress) {
        List<String> classes = records.cifarClasses(files.stream()
                .filter(file -> RecordFiles.isCifarNames(file.path()))
                .toList());
        return listRecords("cifar-10", temporary, progress, each -> {
            files.stream()
                    .filter(file -> RecordFiles.isCifar(file.path()))
                    .forEach(part -> records.cifar(part, classes, each));
            return classes;
        });
    }

    private Listed listRecords(
            String kind,
            Location temporary,
            ShardingProgress progress,
            Function<Consumer<SourceImage>, List<String>> listing) {
        EnumSet<Split> splits = EnumSet.noneOf(Split.class);
        try (PartWriter parts = new PartWriter(access.stores().of(temporary), temporary, progress)) {
            List<String> classes = listing.apply(image -> {
                splits.add(image.path().startsWith(Split.TEST.folder()) ? Split.TEST : Split.TRAIN);
                parts.next().add(image);
            });
            Layout layout = new Layout(
                    "", List.copyOf(splits), classes.stream().sorted().toList());
            return new Listed(kind, layout, parts.files(), Map.of());
        }
    }

    private Listed listTraining(IlsvrcSource downloads, Location folder) {
        List<IlsvrcSource.ClassArchive> archives = downloads.classes();
        spark.setJobGroup("shard", "shard: list " + archives.size() + " class archives");
        String root = folder.uri();
        ShardingTasks listing = tasks;
        List<String> parts = SparkFailures.unwrapped(() -> spark.parallelize(
                        archives, Math.min(archives.size(), MOST_LISTING_TASKS))
                .mapPartitions(some -> List.of(listing.listArchives(root, some)).iterator())
                .collect());
        TreeSet<String> classes = new TreeSet<>();
        archives.forEach(archive -> classes.add(archive.wnid()));
        Layout layout = new Layout("", List.of(Split.TRAIN), List.copyOf(classes));
        return new Listed("ilsvrc-2012", layout, parts, Map.of());
    }

    private Listed withValidation(
            Listed training, IlsvrcSource downloads, Location temporary, ShardingProgress progress) {
        IlsvrcSource.Kit kit = downloads.kit(temporary);
        List<String> parts = new ArrayList<>(training.parts());
        try (PartWriter validation = new PartWriter(access.stores().of(temporary), temporary, progress)) {
            downloads.validation(kit, image -> validation.next().add(image));
            parts.addAll(validation.files());
        }
        TreeSet<String> classes = new TreeSet<>(training.layout().classes());
        classes.addAll(kit.truth());
        Layout layout = new Layout("", List.of(Split.TRAIN, Split.VALIDATION), List.copyOf(classes));
        return new Listed(training.kind(), layout, parts, kit.titles());
    }

    private Listed listList(FileStore store, Location source, Location temporary, ShardingProgress progress) {
        ListSource list = new ListSource(store, source);
        try (PartWriter written = new PartWriter(access.stores().of(temporary), temporary, progress)) {
            Layout layout = list.scan(image -> written.next().add(image));
            List<String> unmeasured = written.files();
            spark.setJobGroup("shard", "shard: look for the files of the list");
            ShardingTasks measuring = tasks;
            List<String> parts = unmeasured.isEmpty()
                    ? List.of()
                    : SparkFailures.unwrapped(() -> spark.parallelize(unmeasured, unmeasured.size())
                            .map(measuring::measure)
                            .collect());
            return new Listed("list", layout, parts, Map.of());
        }
    }

    private Listed listFolders(FileStore store, Location source) {
        List<String> folders = FolderSource.folders(store, source);
        Layout layout = Layout.of(folders, source.uri());
        List<FolderSource.Unit> units = FolderSource.units(folders);
        spark.setJobGroup("shard", "shard: list " + units.size() + " folders");
        String root = source.uri();
        ShardingTasks listing = tasks;
        List<String> parts =
                SparkFailures.unwrapped(() -> spark.parallelize(units, Math.min(units.size(), MOST_LISTING_TASKS))
                        .mapPartitions(some -> List.of(listing.list(root, some)).iterator())
                        .collect());
        return new Listed("folders", layout, parts, Map.of());
    }

    private Listed listTar(FileStore store, Location source, Location temporary, ShardingProgress progress) {
        FileStore target = access.stores().of(temporary);
        List<SourceImage> cifar = new ArrayList<>();
        try (PartWriter parts = new PartWriter(target, temporary, progress);
                Spool spool = new Spool(target, temporary.child("spool"))) {
            Set<String> folders = new TarSource(store, source).scan(spool, image -> {
                if (RecordFiles.isCifar(image.path()) || RecordFiles.isCifarNames(image.path())) {
                    cifar.add(image);
                } else {
                    parts.next().add(image);
                }
            });
            if (cifar.stream().noneMatch(file -> RecordFiles.isCifar(file.path()))) {
                return new Listed("tar", Layout.of(folders, source.uri()), parts.files(), Map.of());
            }
        } catch (IOException e) {
            throw new StorageException("Cannot write the spool below " + temporary + ": " + e.getMessage(), e);
        }
        return listCifar(new RecordFiles(access.stores(), source), cifar, temporary.child("records"), progress);
    }

    /** Starts a new part of the list every so many images. */
    private static final class PartWriter implements AutoCloseable {

        private final FileStore store;
        private final Location temporary;
        private final ShardingProgress progress;
        private final List<String> files = new ArrayList<>();
        private long count;
        private SourceIndex.@Nullable Writer writer;

        PartWriter(FileStore store, Location temporary, ShardingProgress progress) {
            this.store = store;
            this.temporary = temporary;
            this.progress = progress;
        }

        SourceIndex.Writer next() {
            SourceIndex.Writer current = writer;
            if (current == null || current.count() == IMAGES_A_PART) {
                close();
                Location file = temporary.child("index/part-" + files.size());
                current = new SourceIndex.Writer(store, file);
                files.add(file.uri());
                writer = current;
            }
            if (++count % 1000 == 0) {
                progress.update(count, 0, "files found");
            }
            return current;
        }

        /** Ends the list; returns where its parts are. */
        List<String> files() {
            close();
            return files;
        }

        @Override
        public void close() {
            SourceIndex.Writer current = writer;
            writer = null;
            if (current != null) {
                current.close();
            }
        }
    }
}
