package dev.convoke.spark;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.data.EvaluationImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.evaluation.EvaluationFailedException;
import dev.convoke.evaluation.EvaluationTally;
import dev.convoke.evaluation.Evaluator;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.storage.FileStore;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Evaluates on executors: each task opens a replica with the checkpoint's parameters and evaluates some groups of the
 * split. Tallies are whole numbers, so the result does not depend on how the groups were spread.
 */
public final class SparkEvaluator {

    private final JavaSparkContext spark;
    private final StorageAccess storage;

    /** Evaluates with a context, on the storage its Hadoop configuration reaches. */
    public SparkEvaluator(JavaSparkContext spark) {
        this.spark = spark;
        this.storage = StorageAccess.of(spark.hadoopConfiguration());
    }

    /**
     * Evaluates every example of the split exactly once.
     *
     * @throws EvaluationFailedException if not every example was counted, or the dataset has other classes than the
     *     network
     */
    public EvaluationTally evaluate(EvaluationJob job) {
        return evaluate(job, (done, total, unit) -> {});
    }

    /** Evaluates as {@link #evaluate(EvaluationJob)} does, and says on the way how many images are done. */
    public EvaluationTally evaluate(EvaluationJob job, ShardingProgress progress) {
        return evaluate(job, Math.max(1, spark.defaultParallelism() / threads()), progress);
    }

    /** Evaluates in at most so many tasks; the result does not depend on their number. */
    EvaluationTally evaluate(EvaluationJob job, int mostTasks) {
        return evaluate(job, mostTasks, (done, total, unit) -> {});
    }

    private EvaluationTally evaluate(EvaluationJob job, int mostTasks, ShardingProgress progress) {
        ShardedDataset dataset = ShardedDataset.open(storage.stores(), job.dataset());
        int groups = dataset.groups(job.split()).sizes().size();
        int classes = job.network().network().classes();
        if (dataset.manifest().classes().size() != classes) {
            throw new EvaluationFailedException("The network tells " + classes + " classes apart, the dataset "
                    + job.dataset() + " has " + dataset.manifest().classes().size()
                    + ": evaluate with the dataset the run was trained on");
        }
        int threads = threads();
        int tasks = Math.min(groups, mostTasks);
        StorageAccess access = storage;
        long expected = dataset.manifest()
                .split(job.split())
                .map(SplitSummary::examples)
                .orElse(0L);
        LongAccumulator done = spark.sc().longAccumulator("images evaluated");
        TaskProgress listener = new TaskProgress(done, expected, "images", progress);
        spark.sc().addSparkListener(listener);
        spark.setJobGroup(
                "convoke-evaluation",
                JobNames.of(
                        spark,
                        "evaluate " + job.split().folder() + " with "
                                + job.checkpoint().name()));
        List<byte[]> tallies;
        try {
            tallies = SparkFailures.unwrapped(() -> spark.parallelize(chunks(groups, tasks), tasks)
                    .map(chunk -> evaluate(job, access, chunk, new Means(threads, done))
                            .toBytes())
                    .collect());
        } finally {
            spark.clearJobGroup();
            spark.sc().removeSparkListener(listener);
        }
        progress.update(expected, expected, "images");
        EvaluationTally all = new EvaluationTally(classes);
        tallies.forEach(bytes -> all.merge(EvaluationTally.fromBytes(bytes)));
        if (all.examples() != expected) {
            throw new EvaluationFailedException("Split " + job.split().folder() + " of " + job.dataset() + " holds "
                    + expected + " examples, " + all.examples() + " were evaluated: evaluate again");
        }
        return all;
    }

    private int threads() {
        return spark.getConf().getInt("spark.task.cpus", 1);
    }

    /** Cuts group numbers into contiguous chunks of nearly equal length, so that reads stay sequential. */
    static List<List<Integer>> chunks(int groups, int tasks) {
        List<List<Integer>> chunks = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            int first = Math.toIntExact((long) groups * task / tasks);
            int end = Math.toIntExact((long) groups * (task + 1) / tasks);
            chunks.add(new ArrayList<>(IntStream.range(first, end).boxed().toList()));
        }
        return chunks;
    }

    /**
     * What a task has beside its work.
     *
     * @param threads CPU threads of its replica
     * @param done counts images, for people
     */
    private record Means(int threads, LongAccumulator done) implements Serializable {}

    private static EvaluationTally evaluate(
            EvaluationJob job, StorageAccess access, List<Integer> groups, Means means) {
        ImageShape shape = job.network().network().input();
        Minibatch minibatch = new Minibatch(
                shape, job.network().network().classes(), job.network().batch());
        NetworkJob network = job.network();
        try (Replica replica = network.needsGpu()
                ? network.openReplica(TaskGpus.ofThisTask(), means.threads())
                : network.openReplica(means.threads())) {
            load(job, access.stores().of(job.checkpoint()), replica);
            Evaluator evaluator = new Evaluator(
                    replica,
                    ShardedDataset.open(access.stores(), job.dataset()).groups(job.split()),
                    new EvaluationImageLoader(shape.width(), shape.height(), job.normalisation()),
                    minibatch);
            EvaluationTally all = new EvaluationTally(minibatch.classes());
            for (int group : groups) {
                EvaluationTally one = evaluator.evaluate(List.of(group));
                all.merge(one);
                means.done().add(one.examples());
            }
            return all;
        }
    }

    /** Reads the parameters alone: the updater state has no part in a prediction. */
    private static void load(EvaluationJob job, FileStore store, Replica replica) {
        int parameters = replica.layout().parameterCount();
        int loaded = 0;
        for (SliceEntry slice : job.slices()) {
            if (slice.offset() == loaded && loaded < parameters) {
                FloatBuffer values = ByteBuffer.allocateDirect(slice.length() * Float.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
                SliceFiles.read(store, job.checkpoint(), slice, values);
                values.rewind().limit(Math.min(slice.length(), parameters - slice.offset()));
                loaded += values.remaining();
                replica.writeState(slice.offset(), values);
            }
        }
        if (loaded != parameters) {
            throw new EvaluationFailedException("The slices of " + job.checkpoint() + " hold " + loaded + " of the "
                    + parameters + " parameters of " + job.network().network().architecture()
                    + ": name the checkpoint of a run of this network");
        }
    }
}
