package dev.convoke.spark;

import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.Duplicates;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Looks through shards for images that are there more than once. A task holds a few files of each image it looks at,
 * however often the image is there.
 */
final class DuplicateSearch {

    private final JavaSparkContext spark;
    private final ShardingTasks tasks;
    private final List<Tuple2<String, Split>> files = new ArrayList<>();
    private @Nullable JavaRDD<Duplicates> repeated;

    DuplicateSearch(JavaSparkContext spark, ShardingTasks tasks) {
        this.spark = spark;
        this.tasks = tasks;
    }

    /** Adds a shard, if there is one. */
    void add(@Nullable ShardEntry shard, Location file) {
        if (shard != null) {
            files.add(new Tuple2<>(file.uri(), shard.split()));
        }
    }

    /** Returns how many images are there more than once, and some of them. */
    Duplicates run() {
        return SparkFailures.unwrapped(() -> repeated().aggregate(Duplicates.NONE, Duplicates::plus, Duplicates::plus));
    }

    /**
     * Returns every image that stands under more than one label, however many there are: memory holds a part of them.
     */
    Iterator<Duplicates.Group> conflicts() {
        return SparkFailures.unwrapped(() -> repeated()
                .filter(image -> image.conflicts() > 0)
                .flatMap(image -> image.examples().iterator())
                .toLocalIterator());
    }

    /** One for each image that is there more than once; the same each time, so that Spark shuffles only once. */
    private JavaRDD<Duplicates> repeated() {
        JavaRDD<Duplicates> current = repeated;
        if (current == null) {
            ShardingTasks reading = tasks;
            int parts = Math.max(1, Math.min(files.size(), spark.defaultParallelism() * 4));
            current = spark.parallelize(files, Math.max(1, files.size()))
                    .flatMapToPair(file -> reading.digests(file._1(), file._2()))
                    .aggregateByKey(
                            Duplicates.Sightings.NONE, parts, Duplicates.Sightings::with, Duplicates.Sightings::plus)
                    .filter(image -> image._2().count() > 1)
                    .map(image -> Duplicates.of(image._1(), image._2()));
            repeated = current;
        }
        return current;
    }
}
