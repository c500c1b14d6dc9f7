package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.data.Example;
import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.DamagedDatasetException;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.shard.ShardEntry;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.ShardManifest.SplitSummary;
import dev.convoke.shard.ShardRow;
import dev.convoke.shard.ShardWriter;
import dev.convoke.shard.ShardedDataset;
import dev.convoke.shard.Split;
import dev.convoke.shard.TestDataset;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.Sha256;
import dev.convoke.training.FeedSettings.Sampling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ExampleReaderTest {

    @Test
    void theWorkersUseEveryExampleOnceAnEpochForAnySizes() {
        Random random = new Random(13);
        for (int trial = 0; trial < 300; trial++) {
            List<Integer> sizes = groups(random, trial % 3 == 0 ? 4 : 40);
            RunPlan plan = plan(sizes, 1 + random.nextInt(7), 1 + random.nextInt(50));

            List<Long> used = new ArrayList<>();
            for (int worker = 0; worker < plan.settings().workers(); worker++) {
                used.addAll(ordinals(new ExampleReader(new FakeExamples(sizes, 3), plan, worker), plan, worker, 1));
            }

            assertThat(used)
                    .as("trial " + trial)
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.range(0, plan.examples()).boxed().toList());
        }
    }

    @Test
    void theExampleAndItsNumberBelongTogether() {
        List<Integer> sizes = List.of(20, 30, 10);
        RunPlan plan = plan(sizes, 2, 16);
        ExampleReader reader = new ExampleReader(new FakeExamples(sizes, 3), plan, 1);

        for (int i = 0; i < 30; i++) {
            ExampleReader.Drawn drawn = reader.at(2, i);
            assertThat(FakeExamples.number(drawn.example())).isEqualTo((int) drawn.ordinal());
        }
    }

    @Test
    void aFreshReaderContinuesWhereAnotherStopped() {
        List<Integer> sizes = List.of(20, 30, 10, 25);
        RunPlan plan = plan(sizes, 3, 8);
        List<Long> whole = ordinals(new ExampleReader(new FakeExamples(sizes, 3), plan, 2), plan, 2, 0);

        for (int stop = 0; stop < whole.size(); stop++) {
            ExampleReader fresh = new ExampleReader(new FakeExamples(sizes, 3), plan, 2);
            assertThat(fresh.at(0, stop).ordinal()).isEqualTo(whole.get(stop));
        }
    }

    @Test
    void readingInOrderReadsEachGroupOnceAndOnlyThoseOnSegmentBordersTwice() {
        List<Integer> sizes = groups(new Random(17), 50);
        RunPlan plan = plan(sizes, 4, 37);

        int reads = 0;
        for (int worker = 0; worker < 4; worker++) {
            FakeExamples examples = new FakeExamples(sizes, 3);
            ordinals(new ExampleReader(examples, plan, worker), plan, worker, 0);
            assertThat(examples.reads()).doesNotHaveDuplicates();
            reads += examples.reads().size();
        }

        long filled = sizes.stream().filter(size -> size > 0).count();
        assertThat(reads).isBetween((int) filled, (int) filled + 3);
    }

    /** Eight workers and shards of some megabytes, as the recipes for ImageNet have it; smaller by ten times or so. */
    @Test
    void anEpochReadsTheBytesOfItsRowsAndAtMostFifteenPercentMoreWhateverIsReadAhead() {
        MemoryFileStore store = new MemoryFileStore();
        Location folder = MemoryFileStore.root().child("data");
        List<ShardEntry> shards = new ArrayList<>();
        for (int shard = 0; shard < 4; shard++) {
            shards.add(shardOfLargeRows(store, folder, shard));
        }
        ShardManifest manifest = manifest(shards);
        long rowBytes = shards.stream()
                .flatMap(shard -> shard.groups().stream())
                .mapToLong(ShardEntry.RowGroup::bytes)
                .sum();
        RunPlan plan = plan(List.of(1024), 8, 48);

        long before = store.bytesRead();
        for (int worker = 0; worker < 8; worker++) {
            ExampleGroups groups =
                    ShardedDataset.of(location -> store, folder, manifest).groups(Split.TRAIN);
            ExampleReader reader = new ExampleReader(groups, plan, worker, Sampling.UNIFORM, Runnable::run);
            for (int epoch = 0; epoch < plan.settings().epochs(); epoch++) {
                ordinals(reader, plan, worker, epoch);
            }
        }

        double share = (double) (store.bytesRead() - before) / plan.settings().epochs() / rowBytes;
        assertThat(shards).allSatisfy(shard -> assertThat(shard.groups()).hasSize(19));
        assertThat(share).isBetween(1.0, 1.15);
    }

    private static ShardEntry shardOfLargeRows(MemoryFileStore store, Location folder, int number) {
        String name = "train/part-0000" + number + ".parquet";
        ShardWriter.Place place = new ShardWriter.Place(name, Split.TRAIN, TestDataset.CLASSES);
        try (ShardWriter writer = new ShardWriter(store, folder.child(name), place, 256 << 10)) {
            byte[] image = new byte[16 << 10];
            for (int row = 0; row < 256; row++) {
                new Random(number * 256 + row).nextBytes(image);
                writer.write(new ShardRow(name + row, 0, "cat", 40, 30, Sha256.of(image), image));
            }
            return writer.finish();
        }
    }

    private static ShardManifest manifest(List<ShardEntry> shards) {
        ChannelStatistics statistics = new ChannelStatistics(List.of(0.5, 0.4, 0.3), List.of(0.2, 0.2, 0.25));
        SplitSummary summary = new SplitSummary(Split.TRAIN, List.of(1024L, 0L, 0L), 16 << 20, statistics);
        ShardManifest.Source source = new ShardManifest.Source("folders", "ab".repeat(32), 7);
        return new ShardManifest(TestDataset.CLASSES, List.of(summary), shards, source, 0);
    }

    @Test
    void readingAheadChangesNoOrderAndHoldsNoMoreThanItSays() {
        Random random = new Random(29);
        for (int trial = 0; trial < 200; trial++) {
            List<Integer> sizes = groups(random, trial % 3 == 0 ? 4 : 40);
            int window = 1 + random.nextInt(50);
            RunPlan plan = plan(sizes, 1 + random.nextInt(4), window);
            Sampling sampling = trial % 2 == 0 ? Sampling.UNIFORM : Sampling.BALANCED;
            long most = window + (long) FeedSettings.GROUPS_BESIDE_WINDOW * Collections.max(sizes);
            for (int worker = 0; worker < plan.settings().workers(); worker++) {
                ExampleReader plain = new ExampleReader(new FakeExamples(sizes, 3), plan, worker, sampling, null);
                ExampleReader ahead =
                        new ExampleReader(new FakeExamples(sizes, 3), plan, worker, sampling, Runnable::run);
                long segment = plan.segmentStart(worker + 1) - plan.segmentStart(worker);
                for (int epoch = 0; epoch < plan.settings().epochs(); epoch++) {
                    for (long i = 0; i < segment; i++) {
                        assertThat(ahead.at(epoch, i).ordinal())
                                .isEqualTo(plain.at(epoch, i).ordinal());
                        assertThat(ahead.held()).as("trial %d", trial).isLessThanOrEqualTo(most);
                    }
                }
                // Back to anywhere, and on from there.
                for (int jump = 0; jump < 5 && segment > 0; jump++) {
                    int epoch = random.nextInt(plan.settings().epochs());
                    for (long i = random.nextInt((int) segment); i < segment; i++) {
                        assertThat(ahead.at(epoch, i).ordinal())
                                .isEqualTo(plain.at(epoch, i).ordinal());
                    }
                }
            }
        }
    }

    @Test
    void theNextWindowIsReadBeforeItIsNeededAlsoThatOfTheNextEpoch() {
        List<Integer> sizes = groups(new Random(31), 50);
        RunPlan plan = plan(sizes, 2, 37);
        List<Integer> late = new ArrayList<>();
        AtomicBoolean isAhead = new AtomicBoolean();
        FakeExamples stored = new FakeExamples(sizes, 3);
        ExampleGroups watched = new ExampleGroups() {
            @Override
            public List<Integer> sizes() {
                return sizes;
            }

            @Override
            public List<Example> read(int group) {
                if (!isAhead.get()) {
                    late.add(group);
                }
                return stored.read(group);
            }
        };
        ExampleReader reader = new ExampleReader(watched, plan, 1, Sampling.UNIFORM, task -> {
            isAhead.set(true);
            task.run();
            isAhead.set(false);
        });
        reader.at(0, 0);
        int first = late.size();

        for (int epoch = 0; epoch < plan.settings().epochs(); epoch++) {
            for (long i = epoch == 0 ? 1 : 0; i < plan.segmentStart(2) - plan.segmentStart(1); i++) {
                reader.at(epoch, i);
            }
        }

        assertThat(first).isPositive();
        assertThat(late).hasSize(first);
    }

    @Test
    void whatCannotBeReadAheadIsThrownWhenItIsNeededAsItWas() {
        List<Integer> sizes = List.of(10, 10, 10);
        RunPlan plan = plan(sizes, 1, 10);
        FakeExamples stored = new FakeExamples(sizes, 3);
        AtomicInteger reads = new AtomicInteger();
        ExampleGroups broken = new ExampleGroups() {
            @Override
            public List<Integer> sizes() {
                return sizes;
            }

            @Override
            public List<Example> read(int group) {
                if (reads.incrementAndGet() == 2) {
                    throw new DamagedDatasetException("The shard x is damaged", null);
                }
                return stored.read(group);
            }
        };
        ExampleReader reader = new ExampleReader(broken, plan, 0, Sampling.UNIFORM, Runnable::run);
        for (int i = 0; i < 10; i++) {
            reader.at(0, i);
        }

        assertThatThrownBy(() -> reader.at(0, 10))
                .isInstanceOf(DamagedDatasetException.class)
                .hasMessage("The shard x is damaged");
    }

    @Test
    void aWindowMixesExamplesOfSeveralGroups() {
        List<Integer> sizes = List.of(10, 10, 10, 10);
        RunPlan plan = plan(sizes, 1, 40);

        List<Long> used = ordinals(new ExampleReader(new FakeExamples(sizes, 3), plan, 0), plan, 0, 0);

        assertThat(used.subList(0, 10).stream().map(ordinal -> ordinal / 10).distinct())
                .hasSizeGreaterThan(2);
    }

    private static List<Long> ordinals(ExampleReader reader, RunPlan plan, int worker, int epoch) {
        List<Long> ordinals = new ArrayList<>();
        long segment = plan.segmentStart(worker + 1) - plan.segmentStart(worker);
        for (long i = 0; i < segment; i++) {
            ordinals.add(reader.at(epoch, i).ordinal());
        }
        return ordinals;
    }

    private static List<Integer> groups(Random random, int largest) {
        List<Integer> sizes = new ArrayList<>(List.of(1 + random.nextInt(3)));
        for (int group = 0; group < 9; group++) {
            sizes.add(random.nextInt(largest));
        }
        return sizes;
    }

    private static RunPlan plan(List<Integer> sizes, int workers, int window) {
        TrainingSettings settings =
                new TrainingSettings(23, workers, 5, 3, Averaging.every(2), LearningRate.constant(0.1), 0, window);
        return new RunPlan(
                settings, sizes.stream().mapToLong(Integer::longValue).sum());
    }
}
