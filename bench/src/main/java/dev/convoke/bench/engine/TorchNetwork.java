package dev.convoke.bench.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import dev.convoke.engine.plan.Axis;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Graph.Vertex;
import dev.convoke.engine.plan.Operation;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A network's operations, each by PyTorch's own through DJL. */
final class TorchNetwork {

    private static final Shape DENSE = new Shape(1, 1);

    private final List<Vertex> vertices;
    private final boolean training;
    private final NDManager manager;
    private final Random random = new Random(1);
    private final List<NDArray> trainable = new ArrayList<>();
    private final Map<Integer, List<NDArray>> arrays = new HashMap<>();

    TorchNetwork(Graph graph, ImageShape input, boolean training, NDManager manager) {
        this.vertices = graph.vertices();
        this.training = training;
        this.manager = manager;
        List<ImageShape> shapes = graph.shapes(input);
        for (int place = 0; place < vertices.size(); place++) {
            List<Integer> read = vertices.get(place).inputs();
            allocate(place, vertices.get(place), read.isEmpty() ? input : shapes.get(read.get(0)));
        }
    }

    /** Returns the parameters that learn. */
    List<NDArray> trainable() {
        return trainable;
    }

    /** Returns the logits. */
    NDArray forward(NDArray input, NDManager step) {
        List<NDArray> results = new ArrayList<>();
        for (Vertex vertex : vertices) {
            NDArray from = results.isEmpty()
                    ? input
                    : results.get(
                            vertex.inputs().isEmpty() ? 0 : vertex.inputs().get(0));
            NDArray result = compute(results.size(), vertex, from, results);
            result.attach(step);
            results.add(result);
        }
        return results.get(results.size() - 1);
    }

    private NDArray compute(int place, Vertex vertex, NDArray input, List<NDArray> results) {
        Operation operation = vertex.operation();
        List<NDArray> own = arrays.getOrDefault(place, List.of());
        if (operation instanceof Operation.Convolution c) {
            NDArray padded = padded(input, c.window(), 0);
            NDArray bias = c.bias() ? own.get(1) : null;
            NDArray sum = Conv2d.conv2d(padded, own.get(0), bias, stride(c.window()), padding(input, c.window()), DENSE)
                    .singletonOrThrow();
            return c.relu() ? Activation.relu(sum) : sum;
        }
        if (operation instanceof Operation.Dense d) {
            NDArray flat = input.reshape(input.getShape().get(0), -1);
            NDArray sum = Linear.linear(flat, own.get(0), own.get(1)).singletonOrThrow();
            return d.relu() ? Activation.relu(sum) : sum;
        }
        if (operation instanceof Operation.BatchNorm b) {
            return BatchNorm.batchNorm(
                            input,
                            own.get(2),
                            own.get(3),
                            own.get(0),
                            own.get(1),
                            1,
                            (float) b.decay(),
                            (float) b.epsilon(),
                            training)
                    .singletonOrThrow();
        }
        if (operation instanceof Operation.Pool p) {
            NDArray padded = p.largest() ? padded(input, p.window(), -1e30) : input;
            Shape kernel =
                    new Shape(p.window().rows().kernel(), p.window().columns().kernel());
            Shape pad = padding(input, p.window());
            return p.largest()
                    ? Pool.maxPool2d(padded, kernel, stride(p.window()), pad, false)
                    : Pool.avgPool2d(padded, kernel, stride(p.window()), pad, false, false);
        }
        if (operation instanceof Operation.GlobalPool) {
            return Pool.globalAvgPool2d(input);
        }
        if (operation instanceof Operation.Dropout d) {
            return Dropout.dropout(input, (float) (1 - d.retain()), training).singletonOrThrow();
        }
        if (operation instanceof Operation.Relu) {
            return Activation.relu(input);
        }
        if (operation instanceof Operation.Addition) {
            return input.add(results.get(vertex.inputs().get(1)));
        }
        if (operation instanceof Operation.Concatenation) {
            return NDArrays.concat(
                    new NDList(vertex.inputs().stream().map(results::get).toList()), 1);
        }
        return input;
    }

    /** Pads where the far end needs more than the near one, which PyTorch's own padding cannot say. */
    private static NDArray padded(NDArray input, Window window, double value) {
        if (isEven(input, window)) {
            return input;
        }
        int height = (int) input.getShape().get(2);
        int width = (int) input.getShape().get(3);
        Axis rows = window.rows();
        Axis columns = window.columns();
        Shape sides = new Shape(columns.before(width), columns.after(width), rows.before(height), rows.after(height));
        return input.pad(sides, value);
    }

    private static Shape padding(NDArray input, Window window) {
        if (!isEven(input, window)) {
            return new Shape(0, 0);
        }
        return new Shape(
                window.rows().before((int) input.getShape().get(2)),
                window.columns().before((int) input.getShape().get(3)));
    }

    private static boolean isEven(NDArray input, Window window) {
        int height = (int) input.getShape().get(2);
        int width = (int) input.getShape().get(3);
        return window.rows().before(height) >= window.rows().after(height)
                && window.columns().before(width) >= window.columns().after(width);
    }

    private static Shape stride(Window window) {
        return new Shape(window.rows().stride(), window.columns().stride());
    }

    private void allocate(int place, Vertex vertex, ImageShape input) {
        List<NDArray> own = new ArrayList<>();
        if (vertex.operation() instanceof Operation.Convolution c) {
            int rows = c.window().rows().kernel();
            int columns = c.window().columns().kernel();
            own.add(weights(new Shape(c.filters(), input.channels(), rows, columns)));
            if (c.bias()) {
                own.add(constant(c.filters(), 0, true));
            }
        } else if (vertex.operation() instanceof Operation.Dense d) {
            own.add(weights(new Shape(d.units(), input.valueCount())));
            own.add(constant(d.units(), 0, true));
        } else if (vertex.operation() instanceof Operation.BatchNorm) {
            own.add(constant(input.channels(), 1, true));
            own.add(constant(input.channels(), 0, true));
            own.add(constant(input.channels(), 0, false));
            own.add(constant(input.channels(), 1, false));
        }
        arrays.put(place, own);
    }

    /** Glorot's uniform distribution, as the networks have it. */
    private NDArray weights(Shape shape) {
        long inputs = shape.size() / shape.get(0);
        double limit = Math.sqrt(6.0 / (inputs + shape.get(0) * (shape.size() / (shape.get(0) * shape.get(1)))));
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (limit * (2 * random.nextDouble() - 1));
        }
        return learns(manager.create(values, shape));
    }

    private NDArray constant(int count, double value, boolean learns) {
        NDArray array = manager.full(new Shape(count), (float) value);
        return learns ? learns(array) : array;
    }

    private NDArray learns(NDArray array) {
        if (training) {
            array.setRequiresGradient(true);
        }
        trainable.add(array);
        return array;
    }
}
