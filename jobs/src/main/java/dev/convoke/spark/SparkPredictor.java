package dev.convoke.spark;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.shard.Quarantine;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.FolderSource;
import dev.convoke.shard.ingest.SourceImage;
import dev.convoke.shard.ingest.SourceIndex;
import dev.convoke.shard.ingest.Spool;
import dev.convoke.shard.ingest.TarSource;
import dev.convoke.spark.PredictionTasks.Done;
import dev.convoke.spark.PredictionTasks.Group;
import dev.convoke.spark.PredictionTasks.Share;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStore.FileEntry;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Predicts all images of a folder, a tar or a dataset, as a Spark job: Parquet files with the likeliest classes and the
 * model's version in every row, and a quarantine of what is no image. The folder it writes appears whole or not at all.
 */
public final class SparkPredictor {

    /** Name of the description of what was predicted; in the folder with the rows. */
    public static final String SUMMARY = "predictions.json";

    private static final int FORMAT_VERSION = 1;

    /** So many images are a task, if there are more than tasks can run at once. */
    private static final long IMAGES_A_TASK = 20_000;

    private final JavaSparkContext spark;
    private final StorageAccess access;

    /** Predicts with a context, on the storage its Hadoop configuration reaches. */
    public SparkPredictor(JavaSparkContext spark) {
        this.spark = spark;
        this.access = StorageAccess.of(spark.hadoopConfiguration());
    }

    /**
     * What came of it.
     *
     * @param rows how many images were predicted
     * @param rejected how many were rejected
     * @param imagesPerSecond of all tasks together while they predicted
     * @param bareImagesPerSecond of the network alone in as many tasks; 0 if nobody asked
     */
    public record Predicted(long rows, long rejected, double imagesPerSecond, double bareImagesPerSecond) {}

    /**
     * Predicts.
     *
     * @param images a folder, a tar, or a dataset of shards
     * @param out must not exist
     * @param progress hears how many images are read
     * @throws UnusableSourceException if there are no images, too many are rejected, or the place is taken; then
     *     nothing is left
     */
    public Predicted predict(PredictionJob job, Location images, Location out, ShardingProgress progress) {
        FileStore store = access.stores().of(out);
        if (store.exists(out)) {
            throw new UnusableSourceException("There is something at " + out + " already: choose another --out");
        }
        Location temporary = out.parent().child(".tmp-" + out.name() + "-" + UUID.randomUUID());
        try {
            int threads = spark.getConf().getInt("spark.task.cpus", 1);
            int slots = Math.max(1, spark.defaultParallelism() / threads);
            List<Share> shares = shares(images, temporary.child("work"), slots);
            PredictionTasks tasks =
                    new PredictionTasks(access, job, temporary.child("work").uri());
            spark.setJobGroup("predict", "predict " + images + " by " + job.version());
            List<Done> done = run(shares, tasks, threads, progress);
            Predicted predicted = summed(done, slots);
            check(job, images, done, predicted);
            finish(job, done, predicted, temporary);
            store.rename(temporary, out);
            return predicted;
        } finally {
            store.delete(temporary);
        }
    }

    private List<Done> run(List<Share> shares, PredictionTasks tasks, int threads, ShardingProgress progress) {
        long total = shares.stream().mapToLong(Share::images).sum();
        LongAccumulator seen = spark.sc().longAccumulator("images predicted");
        TaskProgress listener = new TaskProgress(seen, total, "images", progress);
        spark.sc().addSparkListener(listener);
        try {
            return SparkFailures.unwrapped(() -> spark.parallelize(shares, shares.size())
                    .map(share -> tasks.predict(share, threads, seen))
                    .collect());
        } finally {
            spark.sc().removeSparkListener(listener);
            progress.update(total, total, "images");
        }
    }

    private List<Share> shares(Location images, Location work, int slots) {
        FileStore store = access.stores().of(images);
        FileEntry there = store.find(images)
                .orElseThrow(() -> new UnusableSourceException(
                        "There is nothing at " + images + ": give a folder of images, a tar of one, or a dataset"));
        if (there.folder() && store.exists(images.child(ShardManifest.FILE))) {
            return sharesOfShards(images, ShardManifest.read(store, images), slots);
        }
        if (!there.folder() && !TarSource.isTar(images.name())) {
            throw new UnusableSourceException(images
                    + " is neither a folder nor named *.tar, *.tar.gz or *.tgz: these are what can be predicted");
        }
        Location list = work.child("images");
        long count;
        FileStore target = access.stores().of(list);
        try (SourceIndex.Writer index = new SourceIndex.Writer(target, list);
                Spool spool = new Spool(target, work.child("spool"))) {
            if (there.folder()) {
                FolderSource.list(store, images, new FolderSource.Unit("", true), index::add);
            } else {
                new TarSource(store, images).scan(spool, (SourceImage image) -> index.add(image));
            }
            count = index.count();
        } catch (IOException e) {
            throw new StorageException("Cannot write the spool below " + work + ": " + e.getMessage(), e);
        }
        if (count == 0) {
            throw new UnusableSourceException("There are no files in " + images + ": is it the right place?");
        }
        long tasks = Math.min(count, Math.max(slots, count / IMAGES_A_TASK));
        List<Share> shares = new ArrayList<>();
        for (long task = 0; task < tasks; task++) {
            long from = count * task / tasks;
            shares.add(new Share(
                    list.uri(), from, count * (task + 1) / tasks - from, "", new ArrayList<>(), new ArrayList<>()));
        }
        return shares;
    }

    private static List<Share> sharesOfShards(Location dataset, ShardManifest manifest, int slots) {
        List<Group> groups = new ArrayList<>();
        for (ShardEntry shard : manifest.shards()) {
            for (int group = 0; group < shard.groups().size(); group++) {
                groups.add(new Group(shard, group));
            }
        }
        long rows = manifest.shards().stream().mapToLong(ShardEntry::rows).sum();
        int tasks = (int) Math.min(groups.size(), Math.max(slots, rows / IMAGES_A_TASK));
        List<Share> shares = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            int from = (int) ((long) groups.size() * task / tasks);
            int to = (int) ((long) groups.size() * (task + 1) / tasks);
            shares.add(new Share(
                    "",
                    0,
                    0,
                    dataset.uri(),
                    new ArrayList<>(manifest.classes()),
                    new ArrayList<>(groups.subList(from, to))));
        }
        return shares;
    }

    private static Predicted summed(List<Done> done, int slots) {
        long rows = done.stream().mapToLong(Done::rows).sum();
        long rejected = done.stream().mapToLong(one -> one.rejected().size()).sum();
        int atOnce = Math.min(slots, done.size());
        double seconds = done.stream().mapToDouble(Done::seconds).sum() / atOnce;
        double bare =
                done.stream().mapToDouble(Done::bareImagesPerSecond).average().orElse(0) * atOnce;
        return new Predicted(rows, rejected, rows / seconds, bare);
    }

    private static void check(PredictionJob job, Location images, List<Done> done, Predicted predicted) {
        double rate = (double) predicted.rejected() / (predicted.rows() + predicted.rejected());
        if (rate > job.maxQuarantineRate()) {
            String some = done.stream()
                    .flatMap(one -> one.rejected().stream())
                    .limit(3)
                    .collect(Collectors.joining(", "));
            throw new UnusableSourceException(String.format(
                    Locale.ROOT,
                    "%,d of %,d files in %s are no images that can be read, more than --max-quarantine-rate %s allows;"
                            + " the first: %s",
                    predicted.rejected(),
                    predicted.rows() + predicted.rejected(),
                    images,
                    job.maxQuarantineRate(),
                    some));
        }
    }

    /** Puts rows and quarantine side by side and deletes everything else. */
    private void finish(PredictionJob job, List<Done> done, Predicted predicted, Location folder) {
        FileStore store = access.stores().of(folder);
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        root.put("model", job.version()).put("model_sha256", job.modelSha256()).put("top", job.top());
        root.put("rows", predicted.rows()).put("rejected", predicted.rejected());
        ArrayNode files = root.putArray("files");
        StringBuilder quarantine = new StringBuilder();
        int number = 0;
        for (Done one : done) {
            if (!one.file().isEmpty()) {
                String name = String.format(Locale.ROOT, "part-%05d.parquet", number++);
                store.rename(new Location(one.file()), folder.child(name));
                files.addObject().put("file", name).put("rows", one.rows()).put("sha256", one.sha256());
            }
            one.rejected().forEach(line -> quarantine.append(line).append('\n'));
        }
        store.replace(folder.child(Quarantine.FILE), quarantine.toString().getBytes(StandardCharsets.UTF_8));
        store.replace(folder.child(SUMMARY), JsonFields.text(root));
        store.delete(folder.child("work"));
    }
}
