package dev.convoke.bench.gpu;

import dev.convoke.bench.gpu.StateFigures.Figures;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.Replica.StepResult;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Graph.Vertex;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Parameter;
import dev.convoke.models.ImageShape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is trained, from the initial parameters to the last minibatch: a pure function of these few values, so that
 * every machine trains the same.
 *
 * @param name of the case; the numbers are drawn by it
 * @param image the shape of one image
 * @param batch examples of a minibatch; the last has fewer
 * @param steps how many are trained
 * @param learningRate of every step
 * @param graph the network
 */
record Scenario(String name, ImageShape image, int batch, int steps, double learningRate, Graph graph) {

    /** Makes the variance of uniform values about 1. */
    private static final float SPREAD = 1.7f;

    private static final int THREADS = 2;

    /** Units in the last place: about what sums of a thousand values differ by when they are added in another order. */
    private static final float MOVED_BY = 16;

    /** Returns what a replica of this scenario is opened with. */
    ReplicaSettings settings(Precision precision) {
        return new ReplicaSettings(THREADS, batch, precision);
    }

    /** Returns what step number {@code step} is told. */
    Step step(int step) {
        return new Step(learningRate, Generator.at(step));
    }

    /** Trains a replica from the scenario's initial state and predicts. */
    Trained train(Replica replica) {
        return train(replica, false);
    }

    /**
     * The same with every parameter and every image value moved a little: what comes out tells how much of a deviation
     * is rounding.
     */
    Trained trainMoved(Replica replica) {
        return train(replica, true);
    }

    private Trained train(Replica replica, boolean moved) {
        float[] start = initialState();
        if (moved) {
            move(FloatBuffer.wrap(start), start.length, -1);
        }
        replica.writeState(0, FloatBuffer.wrap(start));
        Minibatch minibatch = new Minibatch(image, graph.classes(), batch);
        float[] state = new float[start.length];
        List<Figures> first = List.of();
        List<StepResult> results = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            fill(minibatch, step, step == steps - 1 ? (batch + 1) / 2 : batch, moved);
            results.add(replica.train(minibatch, step(step)));
            if (step == 0) {
                replica.readState(0, FloatBuffer.wrap(state));
                first = StateFigures.of(graph, start, state);
            }
        }
        fill(minibatch, steps, batch, moved);
        FloatBuffer predicted = FloatBuffer.allocate(batch * graph.classes());
        replica.predict(minibatch, predicted);
        List<Float> probabilities = new ArrayList<>();
        for (float probability : predicted.array()) {
            probabilities.add(probability);
        }
        replica.readState(0, FloatBuffer.wrap(state));
        List<Figures> last = StateFigures.of(graph, start, state);
        return new Trained(results, first, last, probabilities, StateFigures.digest(state));
    }

    /** Returns a whole minibatch number {@code number}. */
    Minibatch minibatch(int number) {
        Minibatch minibatch = new Minibatch(image, graph.classes(), batch);
        fill(minibatch, number, batch, false);
        return minibatch;
    }

    /** Fills in minibatch number {@code number}: noise for images, smoothed and weighed targets. */
    private void fill(Minibatch minibatch, int number, int size, boolean moved) {
        minibatch.resize(size);
        Generator generator = new Generator(name, 1 + number);
        int values = size * image.valueCount();
        for (int i = 0; i < values; i++) {
            minibatch.images().put(i, SPREAD * generator.signed());
        }
        if (moved) {
            move(minibatch.images(), values, number);
        }
        for (int row = 0; row < size; row++) {
            minibatch.target(row, generator.below(graph.classes()), 0.1);
        }
        minibatch.weigh(0, 0.5);
    }

    private void move(FloatBuffer values, int count, int number) {
        Generator generator = new Generator("moved " + name, number);
        for (int i = 0; i < count; i++) {
            float value = values.get(i);
            float ulp = value == 0 ? 0 : MOVED_BY * Math.ulp(value);
            values.put(i, value + (generator.next() < 0 ? -ulp : ulp));
        }
    }

    /** Returns Glorot's uniform distribution for weights, ones for scales and variances, zeros for all others. */
    float[] initialState() {
        float[] state = new float[graph.layout().valueCount()];
        Generator generator = new Generator(name, 0);
        for (Vertex vertex : graph.vertices()) {
            for (Parameter parameter : vertex.parameters()) {
                Kind kind = parameter.segment().kind();
                boolean isWeight = kind == Kind.WEIGHT;
                float limit = isWeight ? limit(vertex, parameter.segment().length()) : 0;
                float constant = kind == Kind.GAMMA || kind == Kind.VARIANCE ? 1 : 0;
                int offset = parameter.segment().offset();
                for (int i = 0; i < parameter.segment().length(); i++) {
                    state[offset + i] = isWeight ? limit * generator.signed() : constant;
                }
            }
        }
        return state;
    }

    private static float limit(Vertex vertex, int weights) {
        int outputs;
        int positions = 1;
        if (vertex.operation() instanceof Convolution convolution) {
            outputs = convolution.filters();
            positions = convolution.window().rows().kernel()
                    * convolution.window().columns().kernel();
        } else if (vertex.operation() instanceof Dense dense) {
            outputs = dense.units();
        } else {
            throw new IllegalArgumentException("Weights of " + vertex.operation() + ": nothing is known of their fan");
        }
        double fanIn = (double) weights / outputs;
        double fanOut = (double) outputs * positions;
        return (float) Math.sqrt(6 / (fanIn + fanOut));
    }
}
