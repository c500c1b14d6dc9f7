package dev.convoke.spark;

import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Addition;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.shard.ingest.Layout;
import dev.convoke.spark.HashingTasks.Written;
import dev.convoke.spark.SourceListing.Listed;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * Finds the images of a source that were never taken in, by their content: a file that was moved, renamed or copied is
 * not new, one that was changed is. Names and times decide nothing. Reads the whole source once.
 */
public final class NewImages {

    private final JavaSparkContext spark;
    private final StorageAccess access;

    /** Searches with a context, on the storage its Hadoop configuration reaches. */
    public NewImages(JavaSparkContext spark) {
        this.spark = spark;
        this.access = StorageAccess.of(spark.hadoopConfiguration());
    }

    /**
     * What was taken in before.
     *
     * @param dataset where the dataset is
     * @param manifest of the dataset; empty if there is none yet
     * @param digests files of digests of inputs that were seen, see {@link Addition#digests}
     */
    public record Known(Location dataset, Optional<ShardManifest> manifest, List<Location> digests) {

        /** Copies the list. */
        public Known {
            digests = List.copyOf(digests);
        }
    }

    /**
     * Writes the list of what is new.
     *
     * @param source as for {@link ShardingOptions}
     * @param folder where the addition goes; what a search that was cut short has left there is deleted
     */
    public Addition find(Location source, Known known, Location folder, ShardingProgress progress) {
        FileStore store = access.stores().of(folder);
        if (Addition.isAt(store, folder)) {
            return Addition.read(store, folder);
        }
        store.delete(folder);
        if (isEmptyFolder(source)) {
            // Whoever empties the folder after each night has nothing new to offer, which is no error.
            Addition none = new Addition("folders", new Layout("", List.of(), List.of()), List.of(), List.of(), 0, 0);
            none.write(store, folder);
            return none;
        }
        ShardingTasks listing = new ShardingTasks(access, folder.uri(), "");
        Listed listed = new SourceListing(spark, access, listing).list(source, folder, progress);
        Layout layout = listed.layout();
        HashingTasks tasks = new HashingTasks(access, folder.uri(), layout);
        spark.setJobGroup("find", "look for new images in " + source);
        int partitions = Math.max(1, spark.defaultParallelism());
        List<String> parts = listed.parts();
        List<Written> written = parts.isEmpty()
                ? List.of()
                : SparkFailures.unwrapped(() -> spark.parallelize(parts, parts.size())
                        .flatMapToPair(tasks::hashed)
                        .subtractByKey(digests(known, tasks), partitions)
                        // One image under two names comes in once, under two classes twice: that is for people to see.
                        .mapToPair(pair -> new Tuple2<>(pair._1() + " " + tasks.className(pair._2()), pair._2()))
                        .reduceByKey((one, other) -> one.path().compareTo(other.path()) <= 0 ? one : other)
                        .mapPartitionsWithIndex((index, images) -> tasks.write(images), true)
                        .collect());
        TreeSet<String> classes = new TreeSet<>();
        written.forEach(part -> classes.addAll(part.classes()));
        Addition addition = new Addition(
                listed.kind(),
                new Layout(layout.prefix(), layout.splits(), List.copyOf(classes)),
                written.stream().map(Written::index).toList(),
                written.stream().map(Written::digests).toList(),
                found(parts, tasks),
                written.stream().mapToLong(Written::images).sum());
        addition.write(store, folder);
        return addition;
    }

    private boolean isEmptyFolder(Location source) {
        FileStore store = access.stores().of(source);
        return store.find(source).filter(FileStore.FileEntry::folder).isPresent()
                && store.list(source).stream()
                        .allMatch(entry -> entry.location().name().startsWith("."));
    }

    private long found(List<String> parts, HashingTasks tasks) {
        return parts.isEmpty()
                ? 0
                : SparkFailures.unwrapped(() ->
                        spark.parallelize(parts, parts.size()).map(tasks::count).reduce(Long::sum));
    }

    /** Returns the digest of everything that is known, once or more. */
    private JavaPairRDD<String, Boolean> digests(Known known, HashingTasks tasks) {
        List<String> files = known.digests().stream().map(Location::uri).toList();
        List<Tuple2<String, Boolean>> none = new ArrayList<>();
        JavaPairRDD<String, Boolean> all = spark.parallelizePairs(none, 1);
        if (!files.isEmpty()) {
            all = all.union(spark.parallelize(files, files.size()).flatMapToPair(tasks::knownOfList));
        }
        List<ShardEntry> shards = known.manifest().map(ShardManifest::shards).orElse(List.of());
        if (!shards.isEmpty()) {
            ShardingTasks reading = new ShardingTasks(access, "", "");
            List<Tuple2<String, Split>> places = shards.stream()
                    .map(shard ->
                            new Tuple2<>(known.dataset().child(shard.file()).uri(), shard.split()))
                    .toList();
            JavaPairRDD<String, Duplicates.Member> rows = spark.parallelize(places, places.size())
                    .flatMapToPair(place -> reading.digests(place._1(), place._2()));
            all = all.union(rows.mapToPair(row -> new Tuple2<>(row._1(), true)));
        }
        return all;
    }
}
