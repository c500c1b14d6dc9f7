package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.DamagedCheckpointException;
import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.checkpoint.SliceFiles;
import dev.convoke.data.EvaluationImageLoader;
import dev.convoke.data.Normalisation;
import dev.convoke.data.synthetic.Photograph;
import dev.convoke.data.synthetic.PhotographGenerator;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.evaluation.EvaluationFailedException;
import dev.convoke.evaluation.EvaluationTally;
import dev.convoke.evaluation.Evaluator;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.Source;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ShardRow;
import dev.convoke.shard.ShardWriter;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkEvaluatorTest {

    private static final int EXAMPLES = 25;
    private static final ImageShape SHAPE = ImageShape.rgb(16);
    private static final LocalFileStore STORE = new LocalFileStore();

    @TempDir
    private static Path folder;

    private static Location dataset;
    private static Location checkpoint;
    private static List<SliceEntry> slices;
    private static EvaluationTally expected;

    /** The oracle: one replica in this thread, with a state that is not the initial one. */
    @BeforeAll
    static void evaluateInOneThread() {
        dataset = Location.parse(folder.resolve("dataset").toString());
        checkpoint = Location.parse(folder.resolve("checkpoint").toString());
        writeDataset();
        try (Replica trained = network(99).openReplica(1)) {
            slices = writeSlices(trained);
            ExampleGroups groups =
                    ShardedDataset.open(location -> STORE, dataset).groups(Split.TEST);
            Minibatch minibatch = new Minibatch(SHAPE, 10, 4);
            EvaluationImageLoader loader =
                    new EvaluationImageLoader(SHAPE.width(), SHAPE.height(), Normalisation.IMAGENET);
            expected = new Evaluator(trained, groups, loader, minibatch)
                    .evaluate(IntStream.range(0, groups.sizes().size()).boxed().toList());
        }
    }

    @Test
    void anyNumberOfTasksCountsEveryExampleOnceAndGivesTheBytesOfOneThread() {
        SparkEvaluator evaluator = new SparkEvaluator(SharedSpark.local());

        assertThat(expected.examples()).isEqualTo(EXAMPLES);
        for (int tasks : new int[] {1, 3}) {
            assertThat(evaluator.evaluate(job(slices), tasks).toBytes())
                    .as("%d tasks", tasks)
                    .isEqualTo(expected.toBytes());
        }
    }

    @Test
    void aCheckpointOfAnotherNetworkIsRefused() {
        SparkEvaluator evaluator = new SparkEvaluator(SharedSpark.local());

        assertThatThrownBy(() -> evaluator.evaluate(job(slices.subList(0, 1))))
                .isInstanceOf(EvaluationFailedException.class)
                .hasMessageContaining("hold 1000 of the")
                .hasMessageContaining("parameters of inception-v1");
    }

    @Test
    void aDamagedSliceIsNamedAndNothingIsCounted() {
        SliceEntry good = slices.get(0);
        List<SliceEntry> damaged = new ArrayList<>(slices);
        damaged.set(0, new SliceEntry(good.file(), good.offset(), good.length(), "0".repeat(64)));

        assertThatThrownBy(() -> new SparkEvaluator(SharedSpark.local()).evaluate(job(damaged)))
                .isInstanceOf(DamagedCheckpointException.class)
                .hasMessageContaining(good.file());
    }

    @Test
    void aNetworkForOtherClassesIsRefusedBeforeAnythingRuns() {
        EvaluationJob job = job(slices);
        NetworkSpec other = new NetworkSpec("inception-v1", SHAPE, 7, null);
        NetworkJob network = new NetworkJob(other, OptimizerSpec.SGD, 1, "dl4j", Precision.FLOAT32, 4);
        EvaluationJob mismatched = new EvaluationJob(
                network, job.normalisation(), job.checkpoint(), job.slices(), job.dataset(), job.split());

        assertThatThrownBy(() -> new SparkEvaluator(SharedSpark.local()).evaluate(mismatched))
                .isInstanceOf(EvaluationFailedException.class)
                .hasMessageContaining("7 classes apart")
                .hasMessageContaining("has 10");
    }

    private static EvaluationJob job(List<SliceEntry> slices) {
        return new EvaluationJob(network(1), Normalisation.IMAGENET, checkpoint, slices, dataset, Split.TEST);
    }

    private static NetworkJob network(long seed) {
        NetworkSpec spec = new NetworkSpec("inception-v1", SHAPE, 10, null);
        return new NetworkJob(spec, OptimizerSpec.SGD, seed, "dl4j", Precision.FLOAT32, 4);
    }

    private static List<SliceEntry> writeSlices(Replica replica) {
        int values = replica.layout().valueCount();
        int[] bounds = {0, 1000, 3_000_000, values};
        List<SliceEntry> entries = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.length; i++) {
            FloatBuffer part = FloatBuffer.allocate(bounds[i + 1] - bounds[i]);
            replica.readState(bounds[i], part);
            entries.add(SliceFiles.write(STORE, checkpoint, i, bounds[i], part.flip()));
        }
        return entries;
    }

    /** Two shards with several small groups each. */
    private static void writeDataset() {
        List<ShardEntry> shards =
                List.of(writeShard("test/part-00000.parquet", 0, 12), writeShard("test/part-00001.parquet", 12, 25));
        long[] perClass = new long[10];
        IntStream.range(0, EXAMPLES).forEach(index -> perClass[index % 10]++);
        ChannelStatistics statistics = new ChannelStatistics(List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
        List<Long> counts =
                IntStream.range(0, 10).mapToObj(label -> perClass[label]).toList();
        ShardManifest manifest = new ShardManifest(
                PhotographGenerator.kinds(),
                List.of(new SplitSummary(Split.TEST, counts, 100_000, statistics)),
                shards,
                new Source("folders", "ab".repeat(32), 7),
                0);
        STORE.replace(dataset.child(ShardManifest.FILE), manifest.toJson());
    }

    private static ShardEntry writeShard(String name, int first, int end) {
        PhotographGenerator generator = new PhotographGenerator(2);
        ShardWriter.Place place = new ShardWriter.Place(name, Split.TEST, PhotographGenerator.kinds());
        try (ShardWriter writer = new ShardWriter(STORE, dataset.child(name), place, 20_000)) {
            for (int index = first; index < end; index++) {
                Photograph photograph = generator.photograph(index);
                writer.write(new ShardRow(
                        photograph.kind() + "/" + photograph.name(),
                        index % 10,
                        photograph.kind(),
                        100,
                        100,
                        Sha256.of(photograph.encoded()),
                        photograph.encoded()));
            }
            return writer.finish();
        }
    }
}
