package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What replicas are really given, by the number of each example. */
class ConservationTest {

    private static final int TRIALS = 150;

    @Test
    void everyExampleIsTrainedOnceAnEpochAlsoIfThereAreFewerThanWorkers() {
        Random random = new Random(41);
        for (int trial = 0; trial < TRIALS; trial++) {
            TrainingSettings settings = settings(random);
            int workers = settings.workers();
            int examples = trial % 3 == 0 && workers > 1 ? 1 + random.nextInt(workers - 1) : 1 + random.nextInt(150);
            RunPlan plan = new RunPlan(settings, examples);
            RecordingKit kit = new RecordingKit(groups(random, examples), new ArrayList<>());

            try (InProcessRoundRunner runner = new InProcessRoundRunner(kit, plan, 1, TrainedRun.STORES)) {
                RunState state = runner.start();
                for (int epoch = 0; epoch < settings.epochs(); epoch++) {
                    kit.trained.clear();
                    for (Round round : plan.rounds(epoch)) {
                        state = runner.run(round, state).state();
                    }

                    assertThat(kit.trained)
                            .as("trial %d, %d examples, epoch %d of %s", trial, examples, epoch, settings)
                            .containsExactlyInAnyOrderElementsOf(
                                    IntStream.range(0, examples).boxed().toList());
                }
            }
        }
    }

    private static TrainingSettings settings(Random random) {
        double warmupEpochs = random.nextInt(3) / 2.0;
        int warmupFrequency = 1 + random.nextInt(2);
        AveragingSchedule.Kind kind = List.of(AveragingSchedule.Kind.values()).get(random.nextInt(3));
        List<Integer> frequencies = IntStream.range(0, kind == AveragingSchedule.Kind.PER_EPOCH ? 2 : 1)
                .mapToObj(i -> random.nextInt(5) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(9))
                .toList();
        AveragingSchedule schedule = new AveragingSchedule(kind, frequencies, 0.2, warmupEpochs, warmupFrequency);
        return new TrainingSettings(
                random.nextLong(),
                1 + random.nextInt(9),
                1 + random.nextInt(12),
                2,
                new Averaging(schedule, UpdaterPolicy.AVERAGE, OuterOptimizer.NONE),
                LearningRate.cosine(0.1, 0.5),
                0,
                1 + random.nextInt(40));
    }

    private static List<Integer> groups(Random random, int examples) {
        List<Integer> sizes = new ArrayList<>();
        for (int left = examples; left > 0; left -= sizes.get(sizes.size() - 1)) {
            sizes.add(1 + random.nextInt(left));
        }
        return sizes;
    }

    /** Images are one value, the example's number; replicas note what they are given. */
    private record RecordingKit(List<Integer> sizes, List<Integer> trained) implements WorkerKit {

        @Override
        public StateLayout layout() {
            return new StateLayout(List.of(new Segment("none", "W", Kind.WEIGHT, 0, 1)), 1, 0);
        }

        @Override
        public Replica openReplica(int threads) {
            return new Recording(layout(), trained);
        }

        @Override
        public ExampleGroups openExamples() {
            return new FakeExamples(sizes, classes());
        }

        @Override
        public ImageLoader openLoader() {
            return new Numbers();
        }

        @Override
        public ImageShape imageShape() {
            return new ImageShape(1, 1, 1);
        }

        @Override
        public int classes() {
            return 2;
        }
    }

    private static final class Numbers implements ImageLoader {

        @Override
        public void load(Example example, long key, FloatBuffer images, int offset) {
            images.put(offset, (float) FakeExamples.number(example));
        }

        @Override
        public int valueCount() {
            return 1;
        }
    }

    private record Recording(StateLayout layout, List<Integer> trained) implements Replica {

        @Override
        public StepResult train(Minibatch batch, Step step) {
            for (int row = 0; row < batch.size(); row++) {
                trained.add((int) batch.images().get(row));
            }
            return new StepResult(batch.size(), 0, 0);
        }

        @Override
        public void readState(int offset, FloatBuffer target) {
            target.put(0f);
        }

        @Override
        public void writeState(int offset, FloatBuffer source) {
            source.get();
        }

        @Override
        public void predict(Minibatch batch, FloatBuffer probabilities) {
            throw new UnsupportedOperationException("It only records what it is given");
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }
}
