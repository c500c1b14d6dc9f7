package dev.convoke.spark.rounds;

import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.models.ImageShape;
import dev.convoke.shard.ExampleGroups;
import dev.convoke.training.FakeKit;
import dev.convoke.training.WorkerKit;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Replicas with a state of any size, which their steps leave as it is.
 *
 * @param examples what they are trained on
 * @param values of the state
 */
record StateOnlyKit(FakeKit examples, int values) implements WorkerKit {

    @Override
    public StateLayout layout() {
        return new StateLayout(List.of(new Segment("all", "W", Kind.WEIGHT, 0, values)), values, 0);
    }

    @Override
    public Replica openReplica(int threads) {
        return new StateOnly(layout(), FloatBuffer.allocate(values));
    }

    @Override
    public ExampleGroups openExamples() {
        return examples.openExamples();
    }

    @Override
    public ImageLoader openLoader() {
        return examples.openLoader();
    }

    @Override
    public ImageShape imageShape() {
        return examples.imageShape();
    }

    @Override
    public int classes() {
        return examples.classes();
    }

    private record StateOnly(StateLayout layout, FloatBuffer state) implements Replica {

        @Override
        public void readState(int offset, FloatBuffer target) {
            target.put(state.slice(offset, target.remaining()));
        }

        @Override
        public void writeState(int offset, FloatBuffer source) {
            state.slice(offset, source.remaining()).put(source);
        }

        @Override
        public StepResult train(Minibatch batch, Step step) {
            return new StepResult(batch.size(), batch.size(), 0);
        }

        @Override
        public void predict(Minibatch batch, FloatBuffer probabilities) {
            throw new UnsupportedOperationException("A state alone predicts nothing");
        }

        @Override
        public void close() {
            // The collector frees it.
        }
    }
}
