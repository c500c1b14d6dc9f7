package dev.convoke.engine.plan;

import dev.convoke.engine.plan.Operation.Concatenation;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.GlobalPool;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.models.ImageShape;
import java.util.List;

/** The shape of what an operation makes of its inputs. */
final class Shapes {

    private Shapes() {}

    static ImageShape output(Operation operation, List<ImageShape> inputs, List<Parameter> parameters) {
        ImageShape first = inputs.get(0);
        if (operation instanceof Convolution convolution) {
            Window window = convolution.window();
            long kernel = (long) window.rows().kernel() * window.columns().kernel();
            requireWeights(parameters, kernel * first.channels() * convolution.filters(), first);
            return window.output(first, convolution.filters());
        }
        if (operation instanceof Dense dense) {
            requireWeights(parameters, (long) first.valueCount() * dense.units(), first);
            return new ImageShape(dense.units(), 1, 1);
        }
        if (operation instanceof Pool pool) {
            return pool.window().output(first, first.channels());
        }
        if (operation instanceof GlobalPool) {
            return new ImageShape(first.channels(), 1, 1);
        }
        if (operation instanceof Concatenation) {
            return concatenated(inputs);
        }
        if (inputs.stream().anyMatch(shape -> !shape.equals(first))) {
            throw new IllegalArgumentException("its inputs have different shapes, " + inputs);
        }
        if (operation instanceof Operation.BatchNorm) {
            requireChannels(parameters, first);
        }
        return first;
    }

    private static ImageShape concatenated(List<ImageShape> inputs) {
        ImageShape first = inputs.get(0);
        int channels = 0;
        for (ImageShape shape : inputs) {
            if (shape.height() != first.height() || shape.width() != first.width()) {
                throw new IllegalArgumentException("its inputs have different sizes, " + inputs);
            }
            channels += shape.channels();
        }
        return new ImageShape(channels, first.height(), first.width());
    }

    private static void requireWeights(List<Parameter> parameters, long needed, ImageShape input) {
        long found =
                parameters.stream().mapToLong(p -> p.segment().length()).max().orElse(0);
        if (found != needed) {
            throw new IllegalArgumentException("its " + found + " weights are not the " + needed
                    + " that an input of [" + input.channels() + ", " + input.height() + ", " + input.width()
                    + "] needs");
        }
    }

    private static void requireChannels(List<Parameter> parameters, ImageShape input) {
        for (Parameter parameter : parameters) {
            if (parameter.segment().length() != input.channels()) {
                throw new IllegalArgumentException(
                        "it normalises " + parameter.segment().length() + " channels, not " + input.channels());
            }
        }
    }
}
