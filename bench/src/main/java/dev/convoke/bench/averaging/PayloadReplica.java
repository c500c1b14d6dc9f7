package dev.convoke.bench.averaging;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** A replica that holds a state in native memory, as real ones do, and trains nothing. */
final class PayloadReplica implements Replica {

    private final StateLayout layout;
    private final FloatBuffer state;

    PayloadReplica(StateLayout layout) {
        this.layout = layout;
        this.state = ByteBuffer.allocateDirect(Math.multiplyExact(layout.valueCount(), Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int i = 0; i < layout.valueCount(); i++) {
            state.put(i, 1e-3f * (i % 1000 + 1));
        }
    }

    @Override
    public StateLayout layout() {
        return layout;
    }

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
        return new StepResult(batch.size(), 0, 0);
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        throw new UnsupportedOperationException("A payload predicts nothing: only its transport is measured");
    }

    @Override
    public void close() {
        // The collector frees direct buffers.
    }
}
