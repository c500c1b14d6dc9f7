package dev.convoke.spark;

import dev.convoke.data.Example;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Minibatch;
import dev.convoke.evaluation.EvaluationFailedException;
import dev.convoke.evaluation.ServedModel;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardReader;
import dev.convoke.storage.Location;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Asks models what they take the examples of some shards for, all of them about the same examples in the same order,
 * whatever the cluster. Models may know other classes than the dataset: classes are told by their names.
 */
public final class ModelScorer {

    private static final int BATCH = 32;

    private final JavaSparkContext spark;
    private final StorageAccess storage;

    /** Scores with a context, on the storage its Hadoop configuration reaches. */
    public ModelScorer(JavaSparkContext spark) {
        this.spark = spark;
        this.storage = StorageAccess.of(spark.hadoopConfiguration());
    }

    /**
     * What the models said.
     *
     * @param labels the examples' own classes, in the order of the shards
     * @param answers for each model what it took each example for; -1 for a class that is none of the dataset's
     * @param millisPerExample for each model its computing time, without decoding
     */
    @SuppressWarnings("ArrayRecordComponent") // made once, read once
    public record Scores(int[] labels, List<int[]> answers, List<Double> millisPerExample) {}

    private record Work(String dataset, ShardEntry shard, int group) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /** What one task gives back: for each example its label and the answers, and nanoseconds by model. */
    @SuppressWarnings("ArrayRecordComponent") // travels once
    private record Part(int[] labels, int[][] answers, long[] nanos) implements Serializable {

        private static final long serialVersionUID = 1L;
    }

    /**
     * Scores.
     *
     * @param models the folders of the models, see {@link ServedModel}
     * @param engine the name of the engine to compute with
     * @param dataset where the shards are
     * @param manifest of the dataset
     * @param shards which of its shards
     */
    public Scores score(
            List<Location> models, String engine, Location dataset, ShardManifest manifest, List<ShardEntry> shards) {
        List<Work> all = new ArrayList<>();
        for (ShardEntry shard : shards) {
            for (int group = 0; group < shard.groups().size(); group++) {
                all.add(new Work(dataset.uri(), shard, group));
            }
        }
        int threads = spark.getConf().getInt("spark.task.cpus", 1);
        int tasks = Math.max(1, Math.min(all.size(), spark.defaultParallelism() / threads));
        List<List<Work>> chunks = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            chunks.add(new ArrayList<>(all.subList(
                    (int) ((long) all.size() * task / tasks), (int) ((long) all.size() * (task + 1) / tasks))));
        }
        StorageAccess access = storage;
        ArrayList<String> classes = new ArrayList<>(manifest.classes());
        ArrayList<String> folders =
                new ArrayList<>(models.stream().map(Location::uri).toList());
        spark.setJobDescription("score " + models.size() + " models");
        List<Part> parts = SparkFailures.unwrapped(() -> spark.parallelize(chunks, tasks)
                .map(chunk -> score(access, folders, engine, classes, chunk, threads))
                .collect());
        return join(parts, models.size());
    }

    private static Scores join(List<Part> parts, int models) {
        int[] labels = parts.stream()
                .flatMapToInt(part -> Arrays.stream(part.labels()))
                .toArray();
        List<int[]> answers = new ArrayList<>();
        List<Double> millis = new ArrayList<>();
        for (int model = 0; model < models; model++) {
            int which = model;
            answers.add(parts.stream()
                    .flatMapToInt(part -> Arrays.stream(part.answers()[which]))
                    .toArray());
            long nanos = parts.stream().mapToLong(part -> part.nanos()[which]).sum();
            millis.add(nanos / 1e6 / labels.length);
        }
        return new Scores(labels, answers, millis);
    }

    private static Part score(
            StorageAccess access,
            List<String> models,
            String engine,
            List<String> classes,
            List<Work> work,
            int threads) {
        int[][] answers = new int[models.size()][];
        long[] nanos = new long[models.size()];
        int[] labels = {};
        for (int model = 0; model < models.size(); model++) {
            Location folder = new Location(models.get(model));
            // One after the other: two networks side by side would share the cores and the caches.
            try (ServedModel served = ServedModel.open(
                    access.stores().of(folder),
                    folder,
                    engine,
                    new ReplicaSettings(threads, BATCH, Precision.FLOAT32),
                    TaskGpus::ofThisTask)) {
                Asked asked = new Asked(served, classes);
                work.forEach(one -> asked.ask(examples(access, classes, one)));
                answers[model] = asked.answers();
                labels = asked.labels();
                nanos[model] = asked.nanos;
            }
        }
        return new Part(labels, answers, nanos);
    }

    private static List<Example> examples(StorageAccess access, List<String> classes, Work work) {
        Location file = new Location(work.dataset()).child(work.shard().file());
        return new ShardReader(access.stores().of(file), file, work.shard(), classes).read(work.group());
    }

    /** One model that is being asked. */
    private static final class Asked {

        private final ServedModel model;
        private final int[] labelInDataset;
        private final Minibatch minibatch;
        private final FloatBuffer probabilities;
        private final List<Integer> labels = new ArrayList<>();
        private final List<Integer> answers = new ArrayList<>();
        private long nanos;

        Asked(ServedModel model, List<String> classes) {
            this.model = model;
            this.labelInDataset =
                    model.labels().stream().mapToInt(classes::indexOf).toArray();
            this.minibatch = model.newMinibatch();
            this.probabilities = ByteBuffer.allocateDirect(minibatch.capacity() * minibatch.classes() * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }

        void ask(List<Example> examples) {
            int values = model.loader().valueCount();
            for (int first = 0; first < examples.size(); first += minibatch.capacity()) {
                int size = Math.min(minibatch.capacity(), examples.size() - first);
                minibatch.resize(size);
                for (int row = 0; row < size; row++) {
                    model.loader().load(examples.get(first + row), 0, minibatch.images(), row * values);
                }
                probabilities.clear();
                long started = System.nanoTime();
                model.replica().predict(minibatch, probabilities);
                nanos += System.nanoTime() - started;
                for (int row = 0; row < size; row++) {
                    labels.add(examples.get(first + row).label());
                    answers.add(labelInDataset[likeliest(examples.get(first + row), row)]);
                }
            }
        }

        private int likeliest(Example example, int row) {
            int best = 0;
            for (int c = 0; c < minibatch.classes(); c++) {
                float probability = probabilities.get(row * minibatch.classes() + c);
                if (!Float.isFinite(probability)) {
                    throw new EvaluationFailedException("The model gives example " + example.path()
                            + " the probability " + probability + " for class " + c
                            + ": its parameters are damaged or it diverged");
                }
                if (probability > probabilities.get(row * minibatch.classes() + best)) {
                    best = c;
                }
            }
            return best;
        }

        int[] labels() {
            return labels.stream().mapToInt(Integer::intValue).toArray();
        }

        int[] answers() {
            return answers.stream().mapToInt(Integer::intValue).toArray();
        }
    }
}
