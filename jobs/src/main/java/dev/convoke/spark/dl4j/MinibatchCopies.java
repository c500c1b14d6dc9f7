package dev.convoke.spark.dl4j;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Stands where a replica would, and copies the minibatches a worker would train, in their order. */
final class MinibatchCopies implements Replica {

    private final StateLayout layout;
    private final List<org.nd4j.linalg.dataset.api.MultiDataSet> copies = new ArrayList<>();

    MinibatchCopies(StateLayout layout) {
        this.layout = layout;
    }

    /**
     * Returns the copies so far; images {@code [examples, channels, height, width]}, targets {@code [examples,
     * classes]}.
     */
    List<org.nd4j.linalg.dataset.api.MultiDataSet> copies() {
        return copies;
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        ImageShape shape = batch.shape();
        INDArray images =
                Nd4j.createUninitialized(DataType.FLOAT, batch.size(), shape.channels(), shape.height(), shape.width());
        INDArray targets = Nd4j.createUninitialized(DataType.FLOAT, batch.size(), batch.classes());
        fill(images, batch.images());
        fill(targets, batch.targets());
        copies.add(new MultiDataSet(images, targets));
        return new StepResult(batch.size(), 0, 0);
    }

    @Override
    public StateLayout layout() {
        return layout;
    }

    @Override
    public void readState(int offset, FloatBuffer target) {
        throw new UnsupportedOperationException("Copies of minibatches hold no state");
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        throw new UnsupportedOperationException("Copies of minibatches hold no state");
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        throw new UnsupportedOperationException("Copies of minibatches predict nothing");
    }

    @Override
    public void close() {
        // The copies belong to whoever asked for them.
    }

    private static void fill(INDArray array, FloatBuffer source) {
        array.data().asNioFloat().put(source.slice(0, Math.toIntExact(array.length())));
    }
}
