package dev.convoke.spark;

import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.FolderSource;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.shard.ingest.Spool;
import dev.convoke.shard.ingest.TarSource;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** Makes the list of a source's images: folders by many tasks, an archive by one pass of the driver. */
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

    /** What a source holds: its kind, what its folders mean, and where the list of its images is. */
    record Listed(String kind, Layout layout, List<String> parts) {}

    Listed list(Location source, Location temporary, ShardingProgress progress) {
        FileStore store = access.stores().of(source);
        FileEntry there = store.find(source)
                .orElseThrow(() -> new UnusableSourceException(
                        "There is nothing at " + source + ": give a folder of images or a tar of one"));
        if (there.folder()) {
            return listFolders(store, source);
        }
        if (TarSource.isTar(source.name())) {
            return listTar(store, source, temporary, progress);
        }
        throw new UnusableSourceException(
                source + " is neither a folder nor named *.tar, *.tar.gz or *.tgz: these are what can be sharded");
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
        return new Listed("folders", layout, parts);
    }

    private Listed listTar(FileStore store, Location source, Location temporary, ShardingProgress progress) {
        FileStore target = access.stores().of(temporary);
        try (PartWriter parts = new PartWriter(target, temporary, progress);
                Spool spool = new Spool(target, temporary.child("spool"))) {
            Set<String> folders = new TarSource(store, source).scan(spool, image -> {
                parts.next().add(image);
            });
            return new Listed("tar", Layout.of(folders, source.uri()), parts.files());
        } catch (IOException e) {
            throw new StorageException("Cannot write the spool below " + temporary + ": " + e.getMessage(), e);
        }
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

        List<String> files() {
            return files;
        }

        @Override
        public void close() {
            if (writer != null) {
                writer.close();
            }
        }
    }
}
