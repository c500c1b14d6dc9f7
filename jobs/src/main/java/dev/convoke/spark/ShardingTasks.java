package dev.convoke.spark;

import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardDigests;
import dev.convoke.shard.ShardWriter;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Fingerprint;
import dev.convoke.shard.ingest.FinishedShards;
import dev.convoke.shard.ingest.FolderSource;
import dev.convoke.shard.ingest.IlsvrcSource;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.shard.ingest.ShardBuilder;
import dev.convoke.shard.ingest.ShardBuilder.Outcome;
import dev.convoke.shard.ingest.ShardPlan;
import dev.convoke.shard.ingest.SourceCounts;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.shard.ingest.SplitDraw;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * What executors do when sharding. Every attempt of a task writes below a folder of its own, so attempts never meet.
 *
 * @param access to the storage
 * @param temporary folder for what is not yet finished, this job's own
 * @param finished folder for finished shards, which outlives the job
 */
record ShardingTasks(StorageAccess access, String temporary, String finished) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** What counting gave: the counts, and where the rejected inputs are listed, or empty. */
    record Counted(SourceCounts counts, String quarantine) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /** Lists folders into one part of the index; returns where it is. */
    String list(String root, Iterator<FolderSource.Unit> units) {
        Location source = new Location(root);
        Location part = attempt("index").child("part");
        FileStores stores = access.stores();
        FileStore store = stores.of(source);
        try (SourceIndex.Writer index = new SourceIndex.Writer(stores.of(part), part)) {
            units.forEachRemaining(unit -> FolderSource.list(store, source, unit, index::add));
        }
        return part.uri();
    }

    /** Lists class archives of ImageNet into one part of the index; returns where it is. */
    String listArchives(String root, Iterator<IlsvrcSource.ClassArchive> archives) {
        Location source = new Location(root);
        Location part = attempt("index").child("part");
        FileStores stores = access.stores();
        IlsvrcSource downloads = new IlsvrcSource(stores, source);
        try (SourceIndex.Writer index = new SourceIndex.Writer(stores.of(part), part)) {
            archives.forEachRemaining(archive -> downloads.images(archive, index::add));
        }
        return part.uri();
    }

    /** Asks the storage how long the files of one part of the index are; returns where the new part is. */
    String measure(String part) {
        Location measured = attempt("index").child("part");
        FileStores stores = access.stores();
        try (SourceIndex.Writer index = new SourceIndex.Writer(stores.of(measured), measured)) {
            images(part).forEachRemaining(image -> {
                Location file = new Location(image.file());
                long length = stores.of(file).find(file).map(FileEntry::bytes).orElse(0L);
                index.add(new SourceImage(image.path(), image.file(), 0, length));
            });
        }
        return measured.uri();
    }

    /** Returns the rows of a shard by their digest: who shows the same image. */
    Iterator<Tuple2<String, Duplicates.Member>> digests(String file, Split split) {
        Location shard = new Location(file);
        List<Tuple2<String, Duplicates.Member>> rows = new ArrayList<>();
        ShardDigests.read(
                access.stores().of(shard),
                shard,
                row -> rows.add(new Tuple2<>(row.sha256(), new Duplicates.Member(split, row.label(), row.path()))));
        return rows.iterator();
    }

    /** Counts the images of one part of the index. */
    Counted count(String part, Layout layout, SplitDraw draw) {
        Location list = attempt("count").child("quarantine.jsonl");
        SourceCounts counts = new SourceCounts(layout.classes().size());
        try (LazyList rejected = new LazyList(access.stores(), list)) {
            counts.count(images(part), layout, draw, rejected::add);
        }
        return new Counted(counts, counts.rejections().total() == 0 ? "" : list.uri());
    }

    /** Returns where the images of one part of the index go; those that stand in no class folder go nowhere. */
    Iterator<Tuple2<ShardKey, SourceImage>> place(String part, Layout layout, SplitDraw draw, ShardPlan plan) {
        Iterable<SourceImage> images = () -> images(part);
        return StreamSupport.stream(images.spliterator(), false)
                .flatMap(image -> layout.place(image.path()).stream().map(place -> {
                    String path = image.path();
                    int slot = plan.slot(draw.split(path, place), path);
                    return new Tuple2<>(new ShardKey(slot, plan.row(path), path), image);
                }))
                .iterator();
    }

    /** Makes one shard, or finds it made of the same inputs by an earlier job that did not get to its end. */
    Outcome build(
            int number,
            ShardPlan.Slot slot,
            ShardBuilder.Recipe recipe,
            Iterator<Tuple2<ShardKey, SourceImage>> images,
            LongAccumulator done) {
        Location shelf = new Location(finished);
        FinishedShards shards = new FinishedShards(access.stores().of(shelf), shelf);
        if (!shards.has(number)) {
            return shards.keep(number, make(slot, recipe, images, done));
        }
        List<Tuple2<ShardKey, SourceImage>> inputs = new ArrayList<>();
        images.forEachRemaining(inputs::add);
        Fingerprint now = ShardBuilder.fingerprint(
                access.stores(), inputs.stream().map(Tuple2::_2).toList());
        return shards.find(number, now)
                .orElseGet(() -> shards.keep(number, make(slot, recipe, inputs.iterator(), done)));
    }

    private Outcome make(
            ShardPlan.Slot slot,
            ShardBuilder.Recipe recipe,
            Iterator<Tuple2<ShardKey, SourceImage>> images,
            LongAccumulator done) {
        List<String> classes = recipe.layout().classes();
        ShardWriter.Place place = new ShardWriter.Place(slot.name(), slot.split(), classes);
        ShardBuilder builder = new ShardBuilder(access.stores(), recipe, attempt("shard"));
        return builder.build(place, new Iterator<>() {
            @Override
            public boolean hasNext() {
                return images.hasNext();
            }

            @Override
            public SourceImage next() {
                done.add(1);
                return images.next()._2();
            }
        });
    }

    private Iterator<SourceImage> images(String part) {
        Location file = new Location(part);
        return SourceIndex.read(access.stores().of(file), file);
    }

    private Location attempt(String kind) {
        TaskContext task = TaskContext.get();
        return new Location(temporary).child(kind + "-" + task.partitionId() + "-" + task.taskAttemptId());
    }

    /** A list of rejected inputs that is only created when there is one. */
    private static final class LazyList implements AutoCloseable {

        private final FileStores stores;
        private final Location file;
        private @Nullable OutputStream out;

        LazyList(FileStores stores, Location file) {
            this.stores = stores;
            this.file = file;
        }

        void add(Quarantine.Entry entry) {
            try {
                OutputStream current = out;
                if (current == null) {
                    DurableOutput created = stores.of(file).create(file);
                    current = new BufferedOutputStream(created);
                    out = current;
                }
                Quarantine.write(entry, current);
            } catch (IOException e) {
                throw failure(e);
            }
        }

        @Override
        public void close() {
            OutputStream current = out;
            if (current != null) {
                try {
                    current.close();
                } catch (IOException e) {
                    throw failure(e);
                }
            }
        }

        private StorageException failure(IOException cause) {
            return new StorageException(
                    "Cannot write " + file + " (" + cause.getMessage() + "): look at the storage, then shard again",
                    cause);
        }
    }
}
