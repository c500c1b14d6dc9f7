package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Parameter;
import dev.convoke.engine.plan.Plan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** A replica's parameters and their momentum, each in the layout its operation computes in. */
final class WeightStore implements AutoCloseable {

    private final List<WeightArray> arrays = new ArrayList<>();
    private final Map<Parameter, WeightArray> byParameter = new HashMap<>();

    private WeightStore(
            Stream<Parameter> parameters, BiFunction<Parameter, Layout, WeightArray> maker, Natives natives) {
        parameters.forEach(parameter -> {
            WeightArray array =
                    maker.apply(parameter, natives.plain(parameter.segment().length()));
            arrays.add(array);
            byParameter.put(parameter, array);
        });
    }

    /** Allocates zeroed arrays for all parameters of a graph. */
    static WeightStore of(Graph graph, Natives natives) {
        return new WeightStore(
                graph.vertices().stream().flatMap(vertex -> vertex.parameters().stream()), WeightArray::of, natives);
    }

    /** Returns arrays for all parameters of a plan that cannot be computed with, only be described. */
    static WeightStore withoutMemory(Plan plan, Natives natives) {
        return new WeightStore(
                plan.nodes().stream().flatMap(node -> node.parameters().stream()), WeightArray::withoutMemory, natives);
    }

    /** Returns the arrays in state order. */
    List<WeightArray> arrays() {
        return arrays;
    }

    WeightArray of(Parameter parameter) {
        WeightArray array = byParameter.get(parameter);
        if (array == null) {
            throw new IllegalArgumentException("No array for " + parameter + ": it is of another network");
        }
        return array;
    }

    /** Returns the memory of all arrays, momentum included. */
    long bytes() {
        return arrays.stream()
                .mapToLong(array -> array.layout().bytes() * (array.hasMomentum() ? 2 : 1))
                .sum();
    }

    /** Returns what compiling the next program takes beside what is held: momentum, and an array while it is moved. */
    long bytesToCompile(boolean isTraining) {
        long momentum = arrays.stream()
                .filter(array -> isTraining && array.lacksMomentum())
                .mapToLong(array -> array.layout().bytes())
                .sum();
        long moved = arrays.stream()
                .filter(array -> !array.isSettled())
                .mapToLong(array -> array.layout().bytes())
                .max()
                .orElse(0);
        return momentum + moved;
    }

    @Override
    public void close() {
        arrays.forEach(WeightArray::close);
    }
}
