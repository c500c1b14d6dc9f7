package dev.convoke.bench.gpu;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import java.nio.FloatBuffer;
import java.util.function.BiFunction;

/** A replica whose steps are not quite those it is told. */
record TrainedOtherwise(Replica replica, BiFunction<Minibatch, Replica.Step, Replica.StepResult> training)
        implements Replica {

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
        return training.apply(batch, step);
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
