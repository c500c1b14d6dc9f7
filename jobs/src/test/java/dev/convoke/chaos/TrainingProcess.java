package dev.convoke.chaos;

import dev.convoke.checkpoint.BackgroundDeletion;
import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointStore;
import dev.convoke.checkpoint.Recovery;
import dev.convoke.checkpoint.Retention;
import dev.convoke.checkpoint.RunIdentity;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.Sha256;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.CheckpointPlan;
import dev.convoke.training.CheckpointTimes;
import dev.convoke.training.FakeKit;
import dev.convoke.training.InProcessRoundRunner;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundListener;
import dev.convoke.training.RoundSummary;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.StateRestore;
import dev.convoke.training.TrainingLoop;
import dev.convoke.training.TrainingOutcome;
import dev.convoke.training.TrainingSettings;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A driver that trains a small run with a checkpoint every round, to be killed at any moment and started again. It says
 * {@code recovered N}, {@code finished N} for each round that counts, {@code committed N} for each checkpoint and
 * {@code digest HEX} at the end.
 */
final class TrainingProcess {

    private static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);
    private static final RunPlan PLAN = new RunPlan(
            new TrainingSettings(
                    23,
                    3,
                    2,
                    20,
                    new Averaging(AveragingSchedule.every(2), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                    LearningRate.cosine(0.1, 1),
                    0.1,
                    20),
            102);
    private static final LocalFileStore STORE = new LocalFileStore();

    private TrainingProcess() {}

    /** Trains the run directory it is given to its end. */
    public static void main(String[] arguments) {
        try {
            TrainingOutcome outcome = train(new Location(arguments[0]));
            say("digest " + digest(outcome.checkpoint()));
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    static int rounds() {
        return PLAN.roundCount();
    }

    private static TrainingOutcome train(Location run) {
        RunOwnership ownership = RunOwnership.acquire(STORE, run, Takeover.FROM_THE_DEAD);
        BackgroundDeletion deletion = new BackgroundDeletion(STORE);
        CheckpointStore checkpoints = new CheckpointStore(STORE, run, ownership, Retention.DEFAULT, deletion::delete);
        Recovery recovery = checkpoints.recover();
        if (recovery.everythingIsLost()) {
            throw new IllegalStateException(recovery.reasons());
        }
        Optional<Checkpoint> from = recovery.newest();
        say("recovered "
                + from.map(checkpoint -> checkpoint.header().roundsDone()).orElse(0));
        RunIdentity identity = new RunIdentity(23, 3, 2, "every 2", "data", "network", "recipe");
        try (deletion;
                InProcessRoundRunner runner = new InProcessRoundRunner(KIT, PLAN, 1, place -> STORE)) {
            return new TrainingLoop(
                            runner,
                            PLAN,
                            new CheckpointPlan(checkpoints, identity, List.of(), 1),
                            from,
                            List.of(new Voice()),
                            () -> false)
                    .run();
        }
    }

    /** Returns the digest of the state a checkpoint holds. */
    static String digest(Checkpoint checkpoint) {
        FloatBuffer state = FloatBuffer.allocate(checkpoint.valueCount());
        StateRestore.read(STORE, checkpoint.folder(), checkpoint.slices(), List.of(new StateRestore.Part(0, state)));
        ByteBuffer bytes = ByteBuffer.allocate(state.capacity() * Float.BYTES);
        bytes.asFloatBuffer().put(state);
        return Sha256.of(bytes.array());
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static final class Voice implements RoundListener {

        @Override
        public void roundDone(RoundSummary summary) {
            say("finished " + (summary.round().number() + 1));
        }

        @Override
        public void checkpointed(Checkpoint checkpoint, CheckpointTimes times) {
            say("committed " + checkpoint.header().roundsDone());
        }
    }
}
