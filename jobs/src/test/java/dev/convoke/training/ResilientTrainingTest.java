package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.CheckpointReader;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.training.DivergencePolicy.Limits;
import dev.convoke.training.DivergencePolicy.Reaction;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class ResilientTrainingTest {

    private static final Location RUN = new Location("memory:/run");
    private static final FakeKit KIT = new FakeKit(List.of(9, 14, 7), SoftmaxReplica.Options.MOMENTUM);
    /** Far too high a rate. */
    private static final LearningRate RISING = new LearningRate(40, LearningRate.Decay.CONSTANT, List.of(), 1, 1, 3, 0);

    private static final Limits LOSS = new Limits(6, 1e6);
    private static final Limits SPREAD = new Limits(1e6, 0.6);

    private final FileStore store = new MemoryFileStore();
    private final List<String> heard = new ArrayList<>();

    private static RunPlan plan(AveragingSchedule schedule) {
        Averaging averaging = new Averaging(schedule, Averaging.UpdaterPolicy.AVERAGE, Averaging.OuterOptimizer.NONE);
        return new RunPlan(new TrainingSettings(7, 3, 2, 3, averaging, RISING, 0, 12), 30);
    }

    private static final RunPlan PLAN = plan(AveragingSchedule.every(2));

    @Test
    void byDefaultTheRunEndsWithEverythingBeforeTheRoundCommitted() {
        DivergencePolicy fail = new DivergencePolicy(Reaction.FAIL, 1, 1, 3, LOSS);

        assertThatThrownBy(() -> train(fail, () -> false))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining("mean loss")
                .hasMessageContaining("lower the learning rate");

        int refused = roundsHeard();
        assertThat(newest().header().roundsDone()).isEqualTo(refused).isPositive();
        assertThat(newest().header().changes()).isEmpty();
    }

    @Test
    void aRetryGoesOnFromTheNewestCheckpointWithALowerRateAndTheHistorySaysSo() {
        TrainingOutcome outcome = train(lowerRate(6), () -> false);

        List<Change> changes = outcome.checkpoint().header().changes();
        assertThat(outcome.checkpoint().header().roundsDone()).isEqualTo(PLAN.roundCount());
        assertThat(changes).isNotEmpty().extracting(Change::what).containsOnly(ResilientTraining.RATE_SCALE);
        assertThat(changes.get(0).from()).isEqualTo("1.0");
        assertThat(changes.get(0).to()).isEqualTo("0.25");
        assertThat(finite(outcome.checkpoint())).isTrue();
        assertThat(heard).contains("rate 0.25");
    }

    @Test
    void retriesAreLimited() {
        assertThatThrownBy(() -> train(lowerRate(0), () -> false))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining("of their average's norm");
    }

    @Test
    void rollingBackBeginsSoManyRoundsEarlier() {
        DivergencePolicy back = new DivergencePolicy(Reaction.ROLL_BACK, 2, 3, 6, LOSS);
        assertThatThrownBy(() -> train(new DivergencePolicy(Reaction.FAIL, 1, 1, 0, LOSS), () -> false))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining("mean loss");
        int refused = newest().header().roundsDone();
        store.delete(RUN);

        TrainingOutcome outcome = train(back, () -> false);

        assertThat(outcome.checkpoint().header().roundsDone()).isEqualTo(PLAN.roundCount());
        assertThat(outcome.checkpoint().header().changes().get(0).roundsDone()).isEqualTo(Math.max(refused - 3, 0));
    }

    @Test
    void aRunThatIsStoppedAnywhereOnTheWayEndsInTheSameBytes() {
        for (Reaction reaction : new Reaction[] {Reaction.LOWER_RATE, Reaction.ROLL_BACK}) {
            DivergencePolicy policy =
                    new DivergencePolicy(reaction, 2, 3, 6, reaction == Reaction.LOWER_RATE ? SPREAD : LOSS);
            store.delete(RUN);
            heard.clear();
            FloatBuffer whole = state(train(policy, () -> false).checkpoint());
            int events = heard.size();
            for (int stop = 1; stop < events; stop++) {
                store.delete(RUN);
                heard.clear();
                int at = stop;
                train(policy, () -> heard.size() == at);
                TrainingOutcome resumed = train(policy, () -> false);

                assertThat(state(resumed.checkpoint()))
                        .as("%s stopped at %s", reaction, stop)
                        .isEqualTo(whole);
            }
        }
    }

    @Test
    void aScheduleThatFollowsTheRateKeepsItsRounds() {
        RunPlan quadratic = plan(new AveragingSchedule(AveragingSchedule.Kind.QUADRATIC, List.of(1), 30, 0, 1));

        RunPlan lower = quadratic.withRateScaled(0.125);

        for (int epoch = 0; epoch < 3; epoch++) {
            assertThat(lower.rounds(epoch)).isEqualTo(quadratic.rounds(epoch));
        }
        assertThat(lower.lastLearningRate(lower.round(1)))
                .isEqualTo(0.125 * quadratic.lastLearningRate(quadratic.round(1)));
    }

    @Test
    void workersFarApartAreRefused() {
        DivergencePolicy close = new DivergencePolicy(Reaction.FAIL, 1, 1, 0, new Limits(1e9, 1e-9));

        assertThatThrownBy(() -> train(close, () -> false))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageContaining("of their average's norm");
    }

    private static DivergencePolicy lowerRate(int retries) {
        return new DivergencePolicy(Reaction.LOWER_RATE, 2, 1, retries, SPREAD);
    }

    private TrainingOutcome train(DivergencePolicy policy, BooleanSupplier stop) {
        RunOwnership ownership = RunOwnership.acquire(store, RUN, Takeover.FROM_ANYONE);
        CheckpointStore checkpoints = new CheckpointStore(store, RUN, ownership, new Retention(100, 0));
        Optional<Checkpoint> from = checkpoints.recover().newest();
        List<Change> changes =
                from.map(checkpoint -> checkpoint.header().changes()).orElse(List.of());
        RunIdentity identity = new RunIdentity(7, 3, 2, "every 2", "data", "network", "recipe");
        return new ResilientTraining(policy, PLAN, checkpoints).run(from, changes, (course, guard) -> {
            CheckpointPlan saving = new CheckpointPlan(checkpoints, identity, course.changes(), 1);
            heard.add("rate " + course.plan().settings().learningRate().rate() / RISING.rate());
            try (RoundRunner runner =
                    guard.around(new InProcessRoundRunner(KIT, course.plan(), 1, location -> store))) {
                return new TrainingLoop(runner, course.plan(), saving, course.from(), List.of(new Ear()), stop).run();
            }
        });
    }

    private final class Ear implements RoundListener {
        @Override
        public void roundDone(RoundSummary summary) {
            heard.add("round " + (summary.round().number() + 1));
        }
    }

    private int roundsHeard() {
        return (int) heard.stream().filter(event -> event.startsWith("round")).count();
    }

    private Checkpoint newest() {
        return new CheckpointReader(store, RUN).recover().newest().orElseThrow();
    }

    private boolean finite(Checkpoint checkpoint) {
        FloatBuffer values = state(checkpoint);
        for (int i = 0; i < values.limit(); i++) {
            if (!Float.isFinite(values.get(i))) {
                return false;
            }
        }
        return true;
    }

    private FloatBuffer state(Checkpoint checkpoint) {
        FloatBuffer values = FloatBuffer.allocate(checkpoint.valueCount());
        StateRestore.read(store, checkpoint.folder(), checkpoint.slices(), List.of(new StateRestore.Part(0, values)));
        return values;
    }
}
