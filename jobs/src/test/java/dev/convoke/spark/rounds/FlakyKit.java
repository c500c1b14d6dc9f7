package dev.convoke.spark.rounds;

import dev.convoke.data.ImageLoader;
import dev.convoke.data.Keys;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FakeKit;
import dev.convoke.training.WorkerKit;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.TaskContext;

/**
 * Replicas that fail, give wrong results, or take their executor with them.
 *
 * @param kit what else they are
 * @param failure happens after a step, or does not
 */
public record FlakyKit(FakeKit kit, Failure failure) implements WorkerKit {

    /** Fails now and then. */
    public interface Failure extends Serializable {

        /** Returns what the replica says of the step it has just trained. */
        Replica.StepResult after(Replica replica, Replica.Step step, Replica.StepResult result);
    }

    /**
     * Returns replicas that fail in the middle of about every {@code period}th first attempt.
     *
     * @param period steps between failures, on average
     * @param seed decides which steps they are
     */
    public static FlakyKit everyFewSteps(FakeKit kit, int period, long seed) {
        return new FlakyKit(kit, (replica, step, result) -> {
            if (TaskContext.get().attemptNumber() == 0 && Keys.below(period, Keys.mix(seed, step.dropoutKey())) == 0) {
                throw new IllegalStateException("injected failure");
            }
            return result;
        });
    }

    /**
     * Returns replicas of which one worker's ends its executor at every attempt, from when a file is there.
     *
     * @param worker counts from 0
     */
    public static FlakyKit deadly(FakeKit kit, int worker, Path file) {
        String name = file.toString();
        return new FlakyKit(kit, (replica, step, result) -> {
            if (TaskContext.getPartitionId() == worker && Files.exists(Path.of(name))) {
                Runtime.getRuntime().halt(1);
            }
            return result;
        });
    }

    @Override
    public Replica openReplica(int threads) {
        return new Flaky(kit.openReplica(threads), failure);
    }

    @Override
    public StateLayout layout() {
        return kit.layout();
    }

    @Override
    public ExampleGroups openExamples() {
        return kit.openExamples();
    }

    @Override
    public ImageLoader openLoader() {
        return kit.openLoader();
    }

    @Override
    public ImageShape imageShape() {
        return kit.imageShape();
    }

    @Override
    public int classes() {
        return kit.classes();
    }

    private record Flaky(Replica replica, Failure failure) implements Replica {

        @Override
        public StateLayout layout() {
            return replica.layout();
        }

        @Override
        public void readState(int offset, FloatBuffer target) {
            replica.readState(offset, target);
        }

        @Override
        public void writeState(int offset, FloatBuffer source) {
            replica.writeState(offset, source);
        }

        @Override
        public StepResult train(Minibatch batch, Step step) {
            return failure.after(replica, step, replica.train(batch, step));
        }

        @Override
        public void predict(Minibatch batch, FloatBuffer probabilities) {
            replica.predict(batch, probabilities);
        }

        @Override
        public void close() {
            replica.close();
        }
    }
}
