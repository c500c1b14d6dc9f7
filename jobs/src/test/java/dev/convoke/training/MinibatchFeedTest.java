package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FeedSettings.Sampling;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class MinibatchFeedTest {

    private static final List<Integer> SIZES = List.of(20, 31, 7, 40, 2);

    @Test
    void howManyThreadsDecodeAndHowFarAheadChangesNothing() {
        List<float[]> one = fed(feed(1, 1, Sampling.UNIFORM, 0.3), 0, 0);

        assertThat(fed(feed(4, 3, Sampling.UNIFORM, 0.3), 0, 0))
                .usingRecursiveComparison()
                .isEqualTo(one);
    }

    @Test
    void imagesAsBytesStandForTheSameValuesMixedOnesToo() {
        FeedSettings settings = feed(2, 2, Sampling.UNIFORM, 0.3);

        assertThat(fed(new Kit(settings, true), 1, 0))
                .usingRecursiveComparison()
                .isEqualTo(fed(new Kit(settings, false), 1, 0));
    }

    @Test
    void aFreshFeedContinuesMidEpochInEveryWay() {
        for (Sampling sampling : Sampling.values()) {
            FeedSettings settings = feed(2, 2, sampling, 0.3);
            List<float[]> whole = fed(settings, 1, 0);
            for (int stop = 0; stop < whole.size(); stop += 3) {
                assertThat(fed(settings, 1, stop).get(0)).isEqualTo(whole.get(stop));
            }
        }
    }

    @Test
    void whatIsSaidToComeNextIsWhatIsTakenNextAndIsNotRefilledBefore() {
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.PLAIN);
        RunPlan plan = new RunPlan(settings(), 100);
        try (MinibatchFeed feed = new MinibatchFeed(kit, plan, 0)) {
            Minibatch taken = feed.take(0, 0);
            for (int step = 1; step < plan.minibatchesOf(0); step++) {
                Minibatch next = next(feed);
                long fills = next.fills();
                feed.giveBack(taken);
                taken = feed.take(0, step);

                assertThat(taken).isSameAs(next);
                assertThat(taken.fills()).isEqualTo(fills);
            }
        }
    }

    @Test
    void whatFillingTookIsToldOnceForWhatWasTaken() {
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.PLAIN);
        try (MinibatchFeed feed = new MinibatchFeed(kit, new RunPlan(settings(), 100), 0)) {
            Minibatch taken = feed.take(0, 0);
            next(feed);

            MinibatchFeed.Times first = feed.takeTimes();

            assertThat(first.readNanos()).isPositive();
            assertThat(first.decodeNanos()).isPositive();
            assertThat(feed.takeTimes()).isEqualTo(MinibatchFeed.Times.NONE);
            feed.giveBack(taken);
            feed.take(0, 1);
            assertThat(feed.takeTimes().decodeNanos()).isPositive();
        }
    }

    private static Minibatch next(MinibatchFeed feed) {
        Optional<Minibatch> next = feed.next();
        while (next.isEmpty()) {
            Thread.onSpinWait();
            next = feed.next();
        }
        return next.get();
    }

    @Test
    void mixupMixesTheFirstWithTheLastByAShareFromTheBetaDistribution() {
        Minibatch plain = filled();
        Minibatch mixed = filled();
        Mixup.mix(mixed, 0.4, 77);
        double share = Mixup.beta(0.4, 77);

        for (int row = 0; row < 5; row++) {
            for (int c = 0; c < 3; c++) {
                double own = plain.targets().get(row * 3 + c);
                double other = plain.targets().get((4 - row) * 3 + c);
                assertThat((double) mixed.targets().get(row * 3 + c))
                        .isCloseTo(share * own + (1 - share) * other, within(1e-6));
            }
            double own = plain.images().get(row * 12);
            double other = plain.images().get((4 - row) * 12);
            assertThat((double) mixed.images().get(row * 12))
                    .isCloseTo(share * own + (1 - share) * other, within(1e-4));
        }
        // Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)).
        for (double alpha : List.of(0.2, 1.0, 3.0)) {
            double[] shares = new double[20_000];
            Arrays.setAll(shares, key -> Mixup.beta(alpha, key));
            double mean = Arrays.stream(shares).average().orElseThrow();
            double variance = Arrays.stream(shares)
                    .map(s -> (s - 0.5) * (s - 0.5))
                    .average()
                    .orElseThrow();
            assertThat(mean).isCloseTo(0.5, within(0.01));
            assertThat(variance).isCloseTo(1 / (4 * (2 * alpha + 1)), within(0.005));
        }
    }

    private static Minibatch filled() {
        Minibatch minibatch = new Minibatch(FakeKit.SHAPE, 3, 6);
        minibatch.resize(5);
        for (int i = 0; i < 60; i++) {
            minibatch.images().put(i, i * i);
        }
        for (int row = 0; row < 5; row++) {
            minibatch.target(row, row % 3, 0.1);
        }
        return minibatch;
    }

    @Test
    void balancedSamplingUsesEveryClassEquallyAndTheSameNumberEveryEpoch() {
        // 90 of class 0, 9 of class 1, 1 of class 2.
        Labelled groups = new Labelled(SIZES, number -> number < 90 ? 0 : number < 99 ? 1 : 2);
        TrainingSettings settings = settings();
        RunPlan plan = new RunPlan(settings, 100);
        List<Map<Long, Integer>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 2; epoch++) {
            Map<Long, Integer> uses = new HashMap<>();
            int[] perClass = new int[3];
            for (int worker = 0; worker < settings.workers(); worker++) {
                ExampleReader reader = new ExampleReader(groups, plan, worker, Sampling.BALANCED, Runnable::run);
                for (long i = 0; i < plan.segmentStart(worker + 1) - plan.segmentStart(worker); i++) {
                    ExampleReader.Drawn drawn = reader.at(epoch, i);
                    assertThat(FakeExamples.number(drawn.example())).isEqualTo((int) drawn.ordinal());
                    perClass[drawn.example().label()]++;
                    uses.merge(drawn.ordinal(), 1, Integer::sum);
                }
            }
            assertThat(perClass).containsExactly(33, 33, 34);
            assertThat(uses.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
            assertThat(uses.get(99L)).isEqualTo(34);
            assertThat(uses.get(90L)).isBetween(3, 4);
            epochs.add(uses);
        }

        assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1));
    }

    @Test
    void classWeightsMultiplyTheTargetsOfTheirClass() {
        FeedSettings weighted = new FeedSettings(1, 2, Sampling.UNIFORM, 0, List.of(0.5, 2.0, 3.0));
        List<float[]> targets = fed(weighted, 0, 0);
        for (float[] values : targets) {
            for (int row = 0; row < 5 && values[row * 3] + values[row * 3 + 1] + values[row * 3 + 2] > 0; row++) {
                float sum = values[row * 3] + values[row * 3 + 1] + values[row * 3 + 2];
                int label = values[row * 3] == sum ? 0 : values[row * 3 + 1] == sum ? 1 : 2;
                assertThat(sum).isEqualTo(List.of(0.5f, 2f, 3f).get(label));
            }
        }
        FeedSettings wrong = new FeedSettings(1, 2, Sampling.UNIFORM, 0, List.of(1.0));
        assertThatIllegalArgumentException().isThrownBy(() -> fed(wrong, 0, 0)).withMessageContaining("3 classes");
    }

    private static FeedSettings feed(int decoders, int ahead, Sampling sampling, double mixup) {
        return new FeedSettings(decoders, ahead, sampling, mixup, List.of());
    }

    private static TrainingSettings settings() {
        return new TrainingSettings(23, 2, 5, 3, Averaging.every(2), LearningRate.constant(0.1), 0, 30);
    }

    /** Returns targets and then images of a worker's minibatches from one of them on. */
    private static List<float[]> fed(FeedSettings feed, int epoch, int from) {
        return fed(new Kit(feed, false), epoch, from);
    }

    private static List<float[]> fed(Kit kit, int epoch, int from) {
        RunPlan plan = new RunPlan(settings(), 100);
        List<float[]> all = new ArrayList<>();
        try (MinibatchFeed fed = new MinibatchFeed(kit, plan, 1)) {
            for (int step = from; step < plan.minibatchesOf(1); step++) {
                Minibatch minibatch = fed.take(epoch, step);
                assertThat(minibatch.pixels().isPresent()).isEqualTo(kit.takesPixels());
                float[] values = new float[minibatch.size() * (3 + FakeKit.SHAPE.valueCount())];
                minibatch.targets().get(0, values, 0, minibatch.size() * 3);
                for (int row = 0; row < minibatch.size(); row++) {
                    float[] image = minibatch.values(row);
                    System.arraycopy(image, 0, values, minibatch.size() * 3 + row * image.length, image.length);
                }
                all.add(values);
                fed.giveBack(minibatch);
            }
        }
        return all;
    }

    /** The fake problem, fed in another way. */
    private record Kit(FeedSettings feed, boolean takesPixels) implements WorkerKit {

        @Override
        public StateLayout layout() {
            throw new UnsupportedOperationException("Nothing is trained here");
        }

        @Override
        public Replica openReplica(int threads) {
            throw new UnsupportedOperationException("Nothing is trained here");
        }

        @Override
        public ExampleGroups openExamples() {
            return new FakeExamples(SIZES, FakeKit.CLASSES);
        }

        @Override
        public ImageLoader openLoader() {
            return new ImageLoader() {
                @Override
                public void load(Example example, long key, FloatBuffer images, int offset) {
                    for (int i = 0; i < valueCount(); i++) {
                        images.put(offset + i, value(example, key, i));
                    }
                }

                @Override
                public void load(Example example, long key, PixelImages images, int row) {
                    byte[] pixels = new byte[valueCount()];
                    int plane = valueCount() / 3;
                    for (int i = 0; i < pixels.length; i++) {
                        pixels[i % plane * 3 + i / plane] = (byte) value(example, key, i);
                    }
                    images.put(row, pixels, PixelImages.Edit.NONE);
                }

                @Override
                public float[][] byteValues() {
                    float[][] values = new float[3][256];
                    for (float[] channel : values) {
                        for (int i = 0; i < 256; i++) {
                            channel[i] = i;
                        }
                    }
                    return values;
                }

                @Override
                public int valueCount() {
                    return FakeKit.SHAPE.valueCount();
                }
            };
        }

        private static int value(Example example, long key, int i) {
            return (int) ((key >>> 40) + FakeExamples.number(example) * 31L + i) & 0xFF;
        }

        @Override
        public ImageShape imageShape() {
            return FakeKit.SHAPE;
        }

        @Override
        public int classes() {
            return FakeKit.CLASSES;
        }
    }

    private record Labelled(List<Integer> sizes, IntUnaryOperator labelOf) implements ExampleGroups {
        @Override
        public List<Example> read(int group) {
            return new FakeExamples(sizes, 1)
                    .read(group).stream()
                            .map(example -> new Example(
                                    example.path(),
                                    labelOf.applyAsInt(FakeExamples.number(example)),
                                    example.encoded()))
                            .toList();
        }
    }
}
