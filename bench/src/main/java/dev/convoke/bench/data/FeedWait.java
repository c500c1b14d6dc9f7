package dev.convoke.bench.data;

import dev.convoke.bench.Contender;
import dev.convoke.data.Augmentation;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.spark.DatasetKit;
import dev.convoke.spark.ShardingOptions;
import dev.convoke.spark.SparkSharder;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.FeedSettings;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RunPlan;
import dev.convoke.training.TrainingSettings;
import dev.convoke.training.WorkerLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Trains a worker of AlexNet at 224 px on all cores from shards of photographs, and measures how much of its time it
 * waits for minibatches. One measurement is a round.
 */
final class FeedWait implements Contender, AutoCloseable {

    private static final int CLASSES = 10;
    private static final int COPIES = 12;
    private static final int BATCH = 16;
    private static final int STEPS = 10;
    private static final int EPOCHS = 50;
    /** As the recipes for ImageNet have it; of a dataset this small a part, so that rounds meet its borders. */
    private static final int SHIPPED_WINDOW = 16_384;

    private static final int WINDOWS_AN_EPOCH = 3;

    private final int decoders;
    private final RunPlan plan;
    private final WorkerLoop loop;
    private final Replica replica;
    private int round;

    /**
     * Opens a worker.
     *
     * @param dataset made by {@link #dataset}
     * @param decoders threads that decode for it
     */
    FeedWait(Path dataset, long examples, int decoders, Augmentation augmentation) {
        this.decoders = decoders;
        NetworkJob job = new NetworkJob(
                new NetworkSpec("alexnet", ImageShape.rgb(224), CLASSES, null),
                new OptimizerSpec(0.9, 0.0005, 0),
                1,
                "auto",
                Precision.FLOAT32,
                BATCH);
        DatasetKit kit = new DatasetKit(
                job,
                Location.parse(dataset.toString()),
                StorageAccess.ofClassPath(),
                augmentation,
                Normalisation.IMAGENET,
                new FeedSettings(decoders, 2, FeedSettings.Sampling.UNIFORM, 0, List.of()),
                0);
        int window = (int) Math.min(SHIPPED_WINDOW, Math.max(1, examples / WINDOWS_AN_EPOCH));
        TrainingSettings settings = new TrainingSettings(
                1, 1, BATCH, EPOCHS, Averaging.every(STEPS), LearningRate.constant(0.01), 0, window);
        this.plan = new RunPlan(settings, examples);
        this.loop = new WorkerLoop(kit, plan, 0);
        this.replica = kit.openReplica(Runtime.getRuntime().availableProcessors());
    }

    /** Shards photographs; returns where the dataset is. */
    static Path dataset(Path folder, List<byte[]> photographs) throws IOException {
        Path images = folder.resolve("images");
        for (int i = 0; i < photographs.size() * COPIES; i++) {
            Path kind = Files.createDirectories(images.resolve("kind-" + i % CLASSES));
            Files.write(kind.resolve(i + ".jpg"), photographs.get(i % photographs.size()));
        }
        Path dataset = folder.resolve("dataset");
        SparkConf conf = new SparkConf()
                .setMaster("local[*]")
                .setAppName("bench data")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1");
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            ShardingOptions options = ShardingOptions.of(
                            Location.parse(images.toString()), Location.parse(dataset.toString()))
                    .withLabelConflicts(ShardingOptions.LabelConflicts.REPORT);
            new SparkSharder(spark).shard(options, (done, total, unit) -> {});
        }
        return dataset;
    }

    /** Returns how many examples the dataset of so many photographs has. */
    static long examples(List<byte[]> photographs) {
        return (long) photographs.size() * COPIES;
    }

    @Override
    public String name() {
        return "wait for minibatches, alexnet at 224 px, " + decoders + (decoders == 1 ? " decoder" : " decoders");
    }

    /** Trains a round; returns the percentage of it that the engine waited. */
    @Override
    public double measure() {
        WorkerReport report = loop.train(replica, plan.round(round++));
        return 100 * report.waitMillis() / (report.waitMillis() + report.computeMillis());
    }

    @Override
    public void close() {
        loop.close();
        replica.close();
    }
}
