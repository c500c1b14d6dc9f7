package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
