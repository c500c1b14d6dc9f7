package dev.convoke.engine.dl4j;

import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.OwnThread;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayouts;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * One {@code ComputationGraph} that trains and predicts on a thread of its own, because DL4J keeps its workspaces and
 * native code its thread count by thread.
 */
final class Dl4jReplica implements Replica {

    private final OwnThread thread;
    private final ReplicaSettings settings;
    private final StateLayout layout;
    private final TrainingGraph training;
    private final ComputationGraph graph;
    private final FloatBuffer parameters;
    private @Nullable FloatBuffer updaterState;
    private @Nullable Inputs inputs;

    private Dl4jReplica(OwnThread thread, ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        this.thread = thread;
        this.settings = settings;
        NativeRuntime.useThreads(settings.threads());
        this.layout = layoutOf(configuration);
        this.training = TrainingGraph.onOneDnn(configuration, settings.rates());
        this.graph = training.graph();
        this.parameters = graph.params().data().asNioFloat();
    }

    static Dl4jReplica open(ComputationGraphConfiguration configuration, ReplicaSettings settings) {
        NativeRuntime.prepare();
        OwnThread thread = new OwnThread("dl4j-replica");
        try {
            return thread.call(() -> new Dl4jReplica(thread, configuration, settings));
        } catch (Throwable e) {
            thread.close();
            throw e;
        }
    }

    @Override
    public StateLayout layout() {
        return layout;
    }

    @Override
    public void readState(int offset, FloatBuffer target) {
        layout.requireRange(offset, target.remaining());
        int fromParameters = Math.max(0, Math.min(target.remaining(), layout.parameterCount() - offset));
        target.put(parameters.slice(Math.min(offset, layout.parameterCount()), fromParameters));
        if (target.hasRemaining()) {
            int start = offset + fromParameters - layout.parameterCount();
            target.put(updaterState().slice(start, target.remaining()));
        }
    }

    @Override
    public void writeState(int offset, FloatBuffer source) {
        layout.requireRange(offset, source.remaining());
        FloatBuffer rest = source.slice();
        int toParameters = Math.max(0, Math.min(rest.remaining(), layout.parameterCount() - offset));
        if (toParameters > 0) {
            parameters.slice(offset, toParameters).put(rest.slice(0, toParameters));
        }
        if (rest.remaining() > toParameters) {
            int count = rest.remaining() - toParameters;
            updaterState()
                    .slice(offset + toParameters - layout.parameterCount(), count)
                    .put(rest.slice(toParameters, count));
        }
        source.position(source.limit());
    }

    @Override
    public StepResult train(Minibatch batch, Step step) {
        return thread.call(() -> {
            NativeRuntime.useThreads(settings.threads());
            Inputs fitted = inputsFor(batch);
            training.setLearningRate(step.learningRate());
            training.stepKey().set(step.dropoutKey());
            graph.fit(new INDArray[] {fitted.images(batch)}, new INDArray[] {fitted.targets(batch)});
            return new StepResult(
                    batch.size(), training.loss().lossSum(), training.loss().correct());
        });
    }

    @Override
    public void predict(Minibatch batch, FloatBuffer probabilities) {
        thread.run(() -> {
            NativeRuntime.useThreads(settings.threads());
            INDArray output = graph.outputSingle(false, inputsFor(batch).images(batch));
            try (INDArray rows = output.ordering() == 'c' ? output : output.dup('c')) {
                probabilities.put(rows.data().asNioFloat().slice(0, Math.toIntExact(rows.length())));
            }
        });
    }

    @Override
    public void close() {
        thread.run(() -> {
            graph.close();
            if (inputs != null) {
                inputs.close();
            }
        });
        thread.close();
    }

    private static StateLayout layoutOf(ComputationGraphConfiguration configuration) {
        try {
            return StateLayouts.of(configuration);
        } catch (IllegalArgumentException e) {
            throw new EngineUnavailableException(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /** DL4J's updater comes with the gradients; a replica that only predicts needs neither. */
    private FloatBuffer updaterState() {
        if (updaterState == null) {
            updaterState = thread.call(
                    () -> graph.getUpdater().getStateViewArray().data().asNioFloat());
        }
        return updaterState;
    }

    private Inputs inputsFor(Minibatch batch) {
        if (inputs == null) {
            // oneDNN's padding is planned for the first image seen, so all others must have its shape.
            inputs = new Inputs(batch.shape(), training.classes(), settings.batch());
        }
        inputs.require(batch);
        return inputs;
    }

    /** The arrays a minibatch is copied into, allocated once. */
    private static final class Inputs {

        private final ImageShape shape;
        private final int capacity;
        private final INDArray images;
        private final INDArray targets;

        Inputs(ImageShape shape, long classes, int capacity) {
            this.shape = shape;
            this.capacity = capacity;
            this.images =
                    Nd4j.createUninitialized(DataType.FLOAT, capacity, shape.channels(), shape.height(), shape.width());
            this.targets = Nd4j.createUninitialized(DataType.FLOAT, capacity, classes);
        }

        void require(Minibatch batch) {
            batch.requireFits(shape, targets.size(1), capacity);
        }

        INDArray images(Minibatch batch) {
            return firstRows(images, batch.images(), batch.size());
        }

        INDArray targets(Minibatch batch) {
            return firstRows(targets, batch.targets(), batch.size());
        }

        void close() {
            images.close();
            targets.close();
        }

        private INDArray firstRows(INDArray array, FloatBuffer source, int rows) {
            int count = Math.toIntExact(array.length() / array.size(0) * rows);
            array.data().asNioFloat().put(source.slice(0, count));
            return rows == array.size(0) ? array : array.get(NDArrayIndex.interval(0, rows));
        }
    }
}
