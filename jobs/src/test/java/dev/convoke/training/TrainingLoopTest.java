package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnedException;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.FileStores;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.TrainingOutcome.End;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {

    private static final Location RUN = new Location("memory:/run");
    private static final FakeKit KIT = new FakeKit(List.of(9, 14, 7), SoftmaxReplica.Options.MOMENTUM);

    /** 30 examples, 3 workers, 5 steps an epoch, rounds of 2, 2 and 1 steps; 9 rounds. */
    private static final RunPlan PLAN =
            new RunPlan(new TrainingSettings(7, 3, 2, 3, Averaging.every(2), LearningRate.cosine(0.3, 1), 0, 12), 30);

    private final FileStore store = new MemoryFileStore();
    private final FileStores stores = location -> store;
    private final List<String> heard = new ArrayList<>();

    @Test
    void aRunCommitsAtItsIntervalAndAtTheEndOfEachEpoch() {
        TrainingOutcome outcome = loop(runner(), acquire(), 2, () -> false).run();

        assertThat(outcome.end()).isEqualTo(End.COMPLETED);
        assertThat(outcome.checkpoint().header().roundsDone()).isEqualTo(9);
        assertThat(outcome.checkpoint().header().epoch()).isEqualTo(3);
        assertThat(outcome.checkpoint().header().examplesSeen()).isEqualTo(90);
        assertThat(heard)
                .containsExactly(
                        "started 0",
                        "round 0",
                        "round 1",
                        "checkpoint 2",
                        "round 2",
                        "checkpoint 3",
                        "epoch 0",
                        "round 3",
                        "checkpoint 4",
                        "round 4",
                        "round 5",
                        "checkpoint 6",
                        "epoch 1",
                        "round 6",
                        "round 7",
                        "checkpoint 8",
                        "round 8",
                        "checkpoint 9",
                        "epoch 2");
    }

    @Test
    void stoppingAfterAnyRoundAndResumingEqualsNeverHavingStopped() {
        FloatBuffer whole = finalState(loop(runner(), acquire(), 4, () -> false).run());

        for (int stop = 1; stop < 9; stop++) {
            store.delete(RUN);
            String last = "round " + (stop - 1);
            heard.clear();
            TrainingOutcome stopped =
                    loop(runner(), acquire(), 4, () -> heard.contains(last)).run();
            assertThat(stopped.end()).isEqualTo(End.STOPPED);
            assertThat(stopped.checkpoint().header().roundsDone()).isEqualTo(stop);

            TrainingOutcome resumed = loop(runner(), acquire(), 4, () -> false).run();

            assertThat(resumed.end()).isEqualTo(End.COMPLETED);
            assertThat(finalState(resumed)).as("stopped after " + stop).isEqualTo(whole);
        }
    }

    @Test
    void askedToStopBeforeTheFirstRoundItCommitsTheInitialStateAndContinuesFromIt() {
        FloatBuffer whole = finalState(loop(runner(), acquire(), 4, () -> false).run());
        store.delete(RUN);

        TrainingOutcome stopped = loop(runner(), acquire(), 4, () -> true).run();

        assertThat(stopped.end()).isEqualTo(End.STOPPED);
        assertThat(stopped.checkpoint().header().roundsDone()).isZero();
        assertThat(finalState(loop(runner(), acquire(), 4, () -> false).run())).isEqualTo(whole);
    }

    @Test
    void aRoundThatIsCutShortOnRequestIsGivenUpAndTheStateBeforeItCommitted() {
        AtomicBoolean asked = new AtomicBoolean();
        RoundRunner cutShort = new ForwardingRunner(runner()) {
            @Override
            public RoundResult run(Round round, RunState state) {
                if (round.number() == 5) {
                    asked.set(true);
                    throw new IllegalStateException("cancelled");
                }
                return super.run(round, state);
            }
        };

        TrainingOutcome stopped = loop(cutShort, acquire(), 50, asked::get).run();

        assertThat(stopped.end()).isEqualTo(End.STOPPED);
        assertThat(stopped.checkpoint().header().roundsDone()).isEqualTo(5);
        assertThatThrownBy(() -> loop(
                                new ForwardingRunner(runner()) {
                                    @Override
                                    public RoundResult run(Round round, RunState state) {
                                        throw new IllegalStateException("not cancelled");
                                    }
                                },
                                acquire(),
                                50,
                                () -> false)
                        .run())
                .hasMessage("not cancelled");
    }

    @Test
    void aCheckpointIsWrittenBesideTheNextRoundAndToldOnlyWhenItIsDurable() {
        RoundRunner noting = new ForwardingRunner(runner()) {
            @Override
            public void startSaving(RunState state, Location folder) {
                heard.add("begin " + state.roundsDone());
                super.startSaving(state, folder);
            }

            @Override
            public SavedState save(RunState state, Location folder) {
                SavedState saved = super.save(state, folder);
                saved.slices()
                        .forEach(entry -> assertThat(store.exists(folder.child(entry.file())))
                                .isTrue());
                heard.add("durable " + state.roundsDone());
                return saved;
            }

            @Override
            public RoundResult run(Round round, RunState state) {
                heard.add("train " + round.number());
                return super.run(round, state);
            }
        };

        loop(noting, acquire(), 1, () -> heard.contains("round 3")).run();

        assertThat(heard)
                .startsWith("started 0", "train 0", "round 0", "begin 1", "train 1", "durable 1", "checkpoint 1")
                .containsSubsequence("round 1", "begin 2", "train 2", "durable 2", "checkpoint 2", "round 2")
                .endsWith("round 3", "begin 4", "durable 4", "checkpoint 4");
    }

    @Test
    void theStateBeforeARefusedRoundIsCommittedThoughItWasStillOnItsWay() {
        RoundRunner diverging = new ForwardingRunner(runner()) {
            @Override
            public RoundResult run(Round round, RunState state) {
                if (round.number() == 4) {
                    throw new TrainingDivergedException("diverged by the test");
                }
                return super.run(round, state);
            }
        };

        assertThatThrownBy(() -> loop(diverging, acquire(), 1, () -> false).run())
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessage("diverged by the test");

        assertThat(heard).endsWith("round 3", "checkpoint 4");
    }

    @Test
    void resumingAFinishedRunTrainsNothing() {
        loop(runner(), acquire(), 4, () -> false).run();
        heard.clear();

        TrainingOutcome again = loop(runner(), acquire(), 4, () -> false).run();

        assertThat(again.end()).isEqualTo(End.COMPLETED);
        assertThat(heard).containsExactly("started 9");
    }

    @Test
    void aRunThatLosesItsStateGoesBackAndEndsInTheSameBytes() {
        FloatBuffer whole = finalState(loop(runner(), acquire(), 2, () -> false).run());
        for (int lost = 0; lost < 9; lost++) {
            for (int times = 1; times <= 3; times++) {
                store.delete(RUN);
                LosingRunner losing = new LosingRunner(runner(), lost, times);

                TrainingOutcome outcome =
                        loop(losing, acquire(), 2, () -> false).run();

                assertThat(finalState(outcome))
                        .as(lost + " lost " + times + " times")
                        .isEqualTo(whole);
                assertThat(losing.losses).isEqualTo(times);
            }
        }
    }

    @Test
    void aRunWhoseStateIsLostAgainAndAgainGivesUp() {
        assertThatThrownBy(() -> loop(new LosingRunner(runner(), 4, 100), acquire(), 2, () -> false)
                        .run())
                .isInstanceOf(StateLostException.class)
                .hasMessageContaining("Gave up in round 4: the state was lost 6 times")
                .hasMessageContaining("lost by the test")
                .hasMessageContaining("the same command goes on from there");
    }

    @Test
    void whatIsNotAsPlannedIsNeverCommitted() {
        refuse(one -> new WorkerReport(one.worker(), one.examples() + 1, 1, 0, 0, 0, 0, 0, 0, 0), "5 examples", "4");
        refuse(
                one -> new WorkerReport(one.worker(), 4, Double.NaN, 0, 0, 0, 0, 0, 0, 0),
                "the loss NaN",
                "learning rate");
        refuse(one -> new WorkerReport(one.worker() + 1, 4, 1, 0, 0, 0, 0, 0, 0, 0), "worker 1", "worker 0");
    }

    @Test
    void anOwnerThatLostTheRunCommitsNothing() {
        RunOwnership paused = acquire();
        TrainingLoop loop = loop(runner(), paused, 2, () -> false);
        RunOwnership.acquire(store, RUN, Takeover.FROM_ANYONE);

        assertThatThrownBy(loop::run).isInstanceOf(RunOwnedException.class).hasMessageContaining("does not belong to");
        assertThat(heard).doesNotContain("checkpoint 2");
    }

    private void refuse(UnaryOperator<WorkerReport> lie, String... messages) {
        RoundRunner honest = runner();
        RoundRunner lying = new ForwardingRunner(honest) {
            @Override
            public RoundResult run(Round round, RunState state) {
                RoundResult result = super.run(round, state);
                List<WorkerReport> reports = new ArrayList<>(result.workers());
                reports.set(0, lie.apply(reports.get(0)));
                return new RoundResult(
                        result.state(), reports, result.divergence(), 0, result.memory(), result.phaseMillis());
            }
        };
        assertThatThrownBy(() -> loop(lying, acquire(), 1, () -> false).run())
                .isInstanceOfAny(UnacceptableResultException.class, TrainingDivergedException.class)
                .hasMessageContainingAll(messages);
        assertThat(heard).noneMatch(event -> event.startsWith("checkpoint"));
    }

    private RoundRunner runner() {
        return new InProcessRoundRunner(KIT, PLAN, 1, stores);
    }

    private RunOwnership acquire() {
        return RunOwnership.acquire(store, RUN, Takeover.FROM_ANYONE);
    }

    private TrainingLoop loop(RoundRunner runner, RunOwnership ownership, int every, BooleanSupplier stop) {
        CheckpointStore checkpoints = new CheckpointStore(store, RUN, ownership, Retention.DEFAULT);
        Optional<Checkpoint> from = checkpoints.recover().newest();
        RunIdentity identity = new RunIdentity(7, 3, 2, "every 2", "data", "network", "recipe");
        return new TrainingLoop(
                runner,
                PLAN,
                new CheckpointPlan(checkpoints, identity, List.of(), every),
                from,
                List.of(new Ear()),
                stop);
    }

    private FloatBuffer finalState(TrainingOutcome outcome) {
        FloatBuffer values = FloatBuffer.allocate(outcome.checkpoint().valueCount());
        StateRestore.read(
                store,
                outcome.checkpoint().folder(),
                outcome.checkpoint().slices(),
                List.of(new StateRestore.Part(0, values)));
        return values;
    }

    /** Writes down what it hears. */
    private final class Ear implements RoundListener {

        @Override
        public void started(RunPlan plan, int roundsDone) {
            heard.add("started " + roundsDone);
        }

        @Override
        public void roundDone(RoundSummary summary) {
            assertThat(summary.examplesSeen())
                    .isEqualTo(PLAN.examplesBefore(summary.round().number() + 1));
            assertThat(summary.loss()).isBetween(0.0, 3.0);
            heard.add("round " + summary.round().number());
        }

        @Override
        public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
            assertThat(times.commitMillis()).isPositive();
            heard.add("checkpoint " + checkpoint.header().roundsDone());
        }

        @Override
        public void epochDone(int epoch, Checkpoint checkpoint) {
            heard.add("epoch " + epoch);
        }
    }

    /** Loses the state that a round starts from, a number of times. */
    private static final class LosingRunner extends ForwardingRunner {

        private final int round;
        private final int times;
        private int losses;

        LosingRunner(RoundRunner runner, int round, int times) {
            super(runner);
            this.round = round;
            this.times = times;
        }

        @Override
        public RoundResult run(Round round, RunState state) {
            if (round.number() == this.round && losses < times) {
                losses++;
                throw new StateLostException("lost by the test");
            }
            return super.run(round, state);
        }
    }
}
