package dev.convoke.spark.rounds;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FakeKit;
import dev.convoke.training.WorkerKit;
import java.nio.FloatBuffer;
import org.apache.spark.TaskContext;

/**
 * Replicas that fail in the middle of about every {@code period}th first attempt.
 *
 * @param kit what else they are
 * @param period steps between failures, on average
 */
record FlakyKit(FakeKit kit, int period) implements WorkerKit {

    @Override
    public Replica openReplica(int threads) {
        return new Flaky(kit.openReplica(threads), period);
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

    private record Flaky(Replica replica, int period) implements Replica {

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
            StepResult result = replica.train(batch, step);
            if (TaskContext.get().attemptNumber() == 0 && Math.floorMod(step.dropoutKey(), period) == 0) {
                throw new IllegalStateException("injected failure");
            }
            return result;
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
