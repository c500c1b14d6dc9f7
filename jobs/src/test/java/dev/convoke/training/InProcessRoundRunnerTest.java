package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.training.RoundResult.WorkerReport;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InProcessRoundRunnerTest {

    private static final List<Integer> SIZES = List.of(17, 30, 8, 22, 25);
    private static final int EXAMPLES = 102;

    @Test
    void oneWorkerEqualsAPlainLoopToTheBit() {
        RunPlan plan = plan(1, 8, 3, LearningRate.cosine(0.5, 1));
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.MOMENTUM);

        float[] trained = train(kit, plan);

        Replica plain = kit.openReplica(1);
        ExampleReader reader = new ExampleReader(kit.openExamples(), plan, 0);
        Minibatch minibatch = new Minibatch(FakeKit.SHAPE, FakeKit.CLASSES, 8);
        for (int step = 0; step < 3 * 13; step++) {
            int epoch = step / 13;
            fill(minibatch, List.of(reader), plan, epoch, step % 13);
            double rate = plan.settings().learningRate().at((step + 0.5) / 13, 3);
            plain.train(minibatch, new Replica.Step(rate, Keys.mix(23, Randomness.DROPOUT, step, 0)));
        }
        assertThat(trained).containsExactly(stateOf(plain));
    }

    @Test
    void frequencyOneWithPlainSgdEqualsTheBigBatch() {
        RunPlan plan = plan(4, 5, 1, LearningRate.constant(0.4));
        FakeKit kit = new FakeKit(SIZES, new SoftmaxReplica.Options(0, 0, 0));

        float[] trained = train(kit, plan);

        Replica big = kit.openReplica(1);
        List<ExampleReader> readers = new ArrayList<>();
        for (int worker = 0; worker < 4; worker++) {
            readers.add(new ExampleReader(kit.openExamples(), plan, worker));
        }
        Minibatch minibatch = new Minibatch(FakeKit.SHAPE, FakeKit.CLASSES, 20);
        for (int epoch = 0; epoch < 3; epoch++) {
            for (int step = 0; step < plan.stepsPerEpoch(); step++) {
                fill(minibatch, readers, plan, epoch, step);
                big.train(minibatch, new Replica.Step(0.4, 0));
            }
        }
        float[] expected = stateOf(big);
        for (int i = 0; i < expected.length; i++) {
            assertThat(trained[i]).isCloseTo(expected[i], within(1e-6f));
        }
    }

    @Test
    void trainingLearnsAndReportsWhatItUsed() {
        RunPlan plan = plan(3, 8, 2, LearningRate.constant(0.5));
        try (InProcessRoundRunner runner = new InProcessRoundRunner(
                new FakeKit(SIZES, SoftmaxReplica.Options.PLAIN), plan, 1, TrainedRun.STORES)) {
            RunState state = runner.start();
            List<Double> losses = new ArrayList<>();
            for (int epoch = 0; epoch < 3; epoch++) {
                double loss = 0;
                long examples = 0;
                for (Round round : plan.rounds(epoch)) {
                    RoundResult result = runner.run(round, state);
                    state = result.state();
                    assertThat(state.roundsDone()).isEqualTo(round.number() + 1);
                    assertThat(result.divergence()).isPositive();
                    loss += result.workers().stream()
                            .mapToDouble(WorkerReport::lossSum)
                            .sum();
                    examples += result.workers().stream()
                            .mapToLong(WorkerReport::examples)
                            .sum();
                }
                assertThat(examples).isEqualTo(EXAMPLES);
                losses.add(loss / examples);
            }
            assertThat(losses.get(0)).isLessThan(Math.log(3));
            assertThat(losses.get(2)).isLessThan(0.7 * losses.get(0));
        }
    }

    @Test
    void workersWithoutExamplesDoNotDisturbTheOthers() {
        FakeKit kit = new FakeKit(List.of(1, 1), SoftmaxReplica.Options.PLAIN);
        RunPlan five = new RunPlan(plan(5, 1, 1, LearningRate.constant(0.5)).settings(), 2);
        RunPlan two = new RunPlan(plan(2, 1, 1, LearningRate.constant(0.5)).settings(), 2);

        // Workers 2 and 4 of five own what workers 0 and 1 of two own; without dropout nothing else tells them apart.
        assertThat(train(kit, five)).containsExactly(train(kit, two));
    }

    @Test
    void outerMomentumOfZeroAndRateOneChangesNothingButRounding() {
        Averaging almostNone = new Averaging(
                AveragingSchedule.every(2),
                Averaging.UpdaterPolicy.AVERAGE,
                new Averaging.OuterOptimizer(1, Double.MIN_VALUE));
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.MOMENTUM);
        RunPlan plain = plan(3, 8, 2, LearningRate.constant(0.1));
        RunPlan outer = new RunPlan(
                new TrainingSettings(23, 3, 8, 3, almostNone, LearningRate.constant(0.1), 0.1, 20), EXAMPLES);

        float[] expected = train(kit, plain);
        float[] trained = train(kit, outer);

        assertThat(trained).hasSize(expected.length + kit.layout().parameterCount());
        for (int i = 0; i < expected.length; i++) {
            assertThat(trained[i]).isCloseTo(expected[i], within(2e-5f));
        }
    }

    @Test
    void roundedResultsTrainAlmostAsWell() {
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.MOMENTUM);
        float[] whole = train(kit, rounded(Averaging.Exchange.FLOAT32));

        for (Averaging.Exchange exchange : List.of(Averaging.Exchange.BFLOAT16, Averaging.Exchange.INT8)) {
            float[] trained = train(kit, rounded(exchange));

            double distance = 0;
            double norm = 0;
            for (int i = 0; i < kit.layout().parameterCount(); i++) {
                distance += Math.pow(trained[i] - whole[i], 2);
                norm += Math.pow(whole[i], 2);
            }
            assertThat(Math.sqrt(distance / norm)).as("%s", exchange).isBetween(1e-6, 0.02);
        }
    }

    private static RunPlan rounded(Averaging.Exchange exchange) {
        Averaging averaging = new Averaging(
                AveragingSchedule.every(2), Averaging.UpdaterPolicy.RESET, Averaging.OuterOptimizer.NONE, exchange);
        return new RunPlan(new TrainingSettings(23, 3, 8, 3, averaging, LearningRate.constant(0.1), 0.1, 20), EXAMPLES);
    }

    @Test
    void aDivergingWorkerStopsTheRoundAndIsNamed() {
        RunPlan plan = plan(2, 8, 4, LearningRate.constant(1e38));
        try (InProcessRoundRunner runner = new InProcessRoundRunner(
                new FakeKit(SIZES, SoftmaxReplica.Options.PLAIN), plan, 1, TrainedRun.STORES)) {
            assertThatThrownBy(() -> runner.run(plan.rounds(0).get(0), runner.start()))
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("Worker 0")
                    .hasMessageContaining("lower the learning rate");
        }
    }

    static float[] train(WorkerKit kit, RunPlan plan) {
        try (InProcessRoundRunner runner = new InProcessRoundRunner(kit, plan, 1, TrainedRun.STORES)) {
            RunState state = runner.start();
            for (int epoch = 0; epoch < plan.settings().epochs(); epoch++) {
                for (Round round : plan.rounds(epoch)) {
                    state = runner.run(round, state).state();
                }
            }
            return runner.values(state);
        }
    }

    /** Fills one minibatch with the step's minibatches of all readers, one behind the other. */
    private static void fill(Minibatch minibatch, List<ExampleReader> readers, RunPlan plan, int epoch, int step) {
        TrainingSettings settings = plan.settings();
        FakeKit kit = new FakeKit(SIZES, SoftmaxReplica.Options.PLAIN);
        int row = 0;
        for (int worker = 0; worker < readers.size(); worker++) {
            long segment = plan.segmentStart(worker + 1) - plan.segmentStart(worker);
            long end = Math.min(segment, (step + 1L) * settings.batch());
            for (long i = (long) step * settings.batch(); i < end; i++) {
                ExampleReader.Drawn drawn = readers.get(worker).at(epoch, i);
                long key = Keys.mix(23, Randomness.AUGMENTATION, epoch, drawn.ordinal());
                kit.openLoader().load(drawn.example(), key, minibatch.images(), row * FakeKit.SHAPE.valueCount());
                minibatch.target(row++, drawn.example().label(), settings.labelSmoothing());
            }
        }
        minibatch.resize(row);
    }

    private static float[] stateOf(Replica replica) {
        float[] state = new float[replica.layout().valueCount()];
        replica.readState(0, FloatBuffer.wrap(state));
        return state;
    }

    private static RunPlan plan(int workers, int batch, int frequency, LearningRate rate) {
        return new RunPlan(
                new TrainingSettings(23, workers, batch, 3, Averaging.every(frequency), rate, 0.1, 20), EXAMPLES);
    }
}
