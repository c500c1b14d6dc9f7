package dev.convoke.engine.cuda;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
import dev.convoke.engine.cuda.ProgramBuilder.Extent;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.Convolution;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Emits batch normalisation, forward and backward. */
final class NormEmitter {

    private static final int STATISTICS = 4;
    private static final int COEFFICIENTS = 3;

    private final Compilation compilation;
    private final ProgramBuilder builder;

    NormEmitter(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
    }

    /** Emits the statistics that normalise a tensor: the minibatch's own, or the running ones. */
    Region statistics(Node node, BatchNorm norm, Tensor source) {
        Region statistics = builder.allocate((long) STATISTICS * source.channels() * Float.BYTES);
        if (compilation.training() && !node.isFrozen()) {
            measure(node, norm, source, statistics);
        } else {
            Arguments arguments = new Arguments().region(statistics);
            for (Kind kind : List.of(Kind.GAMMA, Kind.BETA, Kind.MEAN, Kind.VARIANCE)) {
                arguments.at(() -> compilation.weights().address(compilation.parameter(node, kind)));
            }
            builder.single(
                    node.layer() + " statistics",
                    "norm_running",
                    Grid.of(source.channels()),
                    arguments.floats(norm.epsilon()).ints(source.channels()),
                    statistics);
        }
        return statistics;
    }

    private void measure(Node node, BatchNorm norm, Tensor source, Region statistics) {
        ProgramBuilder.Parts parts = builder.columns(
                node.layer() + " sums", "norm_sum", Extent.of(source, source), 2, new Arguments().tensor(source));
        Arguments arguments =
                new Arguments().region(parts.sums()).at(source::address).region(statistics);
        for (Kind kind : List.of(Kind.GAMMA, Kind.BETA, Kind.MEAN, Kind.VARIANCE)) {
            arguments.at(() -> compilation.weights().address(compilation.parameter(node, kind)));
        }
        builder.finishColumns(
                node.layer() + " statistics",
                "norm_finish",
                source.channels(),
                arguments
                        .floats(norm.epsilon())
                        .floats(1 - norm.decay())
                        .ints(parts.count(), source.rows(), source.channels()),
                parts.sums(),
                source.region(),
                statistics);
    }

    /**
     * A normalisation of a tensor.
     *
     * @param source what is normalised
     * @param result where it goes
     * @param statistics that normalise it
     * @param residual what is added behind it, or null
     * @param relu whether only what is positive passes
     */
    record Normal(
            Tensor source,
            Tensor result,
            Region statistics,
            @Nullable Tensor residual,
            boolean relu) {}

    /** Emits a normalisation. */
    void normalise(String title, Normal normal) {
        builder.elementwise(
                title,
                "norm_apply",
                Extent.of(normal.result(), normal.source(), normal.result(), normal.residual()),
                new Arguments()
                        .tensor(normal.source())
                        .tensor(normal.result())
                        .region(normal.statistics())
                        .maybe(normal.residual())
                        .ints(normal.relu() ? 1 : 0),
                normal.statistics());
    }

    /**
     * A gradient on its way into a normalisation.
     *
     * @param gradient of what came out, or of what the pool made of it
     * @param result whose positive values let it pass, or null
     * @param masked receives what passes, or null if nobody else needs it
     * @param relu whether the normalisation's own ReLU stops it
     * @param pool that was computed together with it, or null
     */
    record Flow(
            Tensor gradient,
            @Nullable Tensor result,
            @Nullable Tensor masked,
            boolean relu,
            @Nullable Pooled pool) {}

    /** A pool of the largest, and what it found. */
    record Pooled(Node node, Region places, Tensor chosen) {}

    /** Emits the gradient of what was normalised and returns it, if anybody wants it. */
    Optional<Tensor> backward(Node node, Saved left, Flow flow, Update update) {
        Tensor source = left.source();
        Region statistics = Saved.present(left.statistics());
        // What a pool left out has no gradient and counts in no sum.
        Tensor counted = flow.pool() == null ? source : flow.pool().chosen();
        ProgramBuilder.Parts parts = builder.columns(
                node.layer() + " gradient sums",
                "norm_back_sum",
                Extent.of(counted, flow.gradient(), counted, flow.result(), flow.masked()),
                2,
                new Arguments()
                        .tensor(flow.gradient())
                        .tensor(counted)
                        .maybe(flow.result())
                        .maybe(flow.masked())
                        .region(statistics)
                        .ints(flow.relu() ? 1 : 0),
                statistics);
        Region coefficients = finish(node, source, statistics, parts, update);
        if (!compilation.plan().learns(compilation.input(node, 0))) {
            return Optional.empty();
        }
        Tensor passed = builder.images(compilation.batch(), source.shape());
        apply(node, left, flow, new Through(passed, coefficients), update);
        return Optional.of(passed);
    }

    /** Where a gradient goes, and the coefficients that it takes on its way. */
    private record Through(Tensor passed, Region coefficients) {}

    /** Emits the pass that makes the gradient of what was normalised; on its way it passes the bias and ReLU before. */
    private void apply(Node node, Saved left, Flow flow, Through through, Update update) {
        Tensor source = left.source();
        Tensor passed = through.passed();
        Tensor read = flow.masked() == null ? flow.gradient() : flow.masked();
        Tensor mask = flow.masked() == null ? flow.result() : null;
        Node before = compilation.input(node, 0);
        boolean passesBias = compilation.passesBiasOf(node);
        boolean positive = passesBias && before.operation() instanceof Convolution own && own.relu();
        Region statistics = Saved.present(left.statistics());
        List<Region> others = new ArrayList<>(List.of(statistics, through.coefficients()));
        Arguments arguments = new Arguments().tensor(read);
        if (flow.pool() == null) {
            arguments.maybe(mask);
        } else {
            arguments
                    .region(flow.pool().places())
                    .structure(PoolEmitter.numbers(compilation, flow.pool().node()));
            others.add(flow.pool().places());
        }
        arguments
                .tensor(source)
                .tensor(passed)
                .region(statistics)
                .region(through.coefficients())
                .ints(flow.relu() ? 1 : 0, positive ? 1 : 0);
        String title = node.layer() + " gradient";
        String kernel = flow.pool() == null ? "norm_back_apply" : "norm_back_pooled";
        Extent extent = Extent.of(passed, read, source, mask, passed);
        Region[] used = others.toArray(Region[]::new);
        if (passesBias && before.parameter(Kind.BIAS).isPresent() && !before.isFrozen()) {
            ProgramBuilder.Parts parts = builder.columns(title, kernel, extent, 1, arguments, used);
            Region sum = builder.totals(before.layer() + " bias gradient", parts, source.channels());
            update.add(compilation.parameter(before, Kind.BIAS), sum, true);
        } else {
            builder.rowsOnly(title, kernel, extent, arguments, used);
        }
    }

    private Region finish(Node node, Tensor source, Region statistics, ProgramBuilder.Parts parts, Update update) {
        Region gamma = builder.allocate((long) source.channels() * Float.BYTES);
        Region beta = builder.allocate((long) source.channels() * Float.BYTES);
        Region coefficients = builder.allocate((long) COEFFICIENTS * source.channels() * Float.BYTES);
        builder.finishColumns(
                node.layer() + " gradients",
                "norm_back_finish",
                source.channels(),
                new Arguments()
                        .region(parts.sums())
                        .region(statistics)
                        .region(gamma)
                        .region(beta)
                        .region(coefficients)
                        .ints(node.isFrozen() ? 1 : 0, parts.count(), source.rows(), source.channels()),
                parts.sums(),
                statistics,
                gamma,
                beta,
                coefficients);
        if (!node.isFrozen()) {
            update.add(compilation.parameter(node, Kind.GAMMA), gamma, true);
            update.add(compilation.parameter(node, Kind.BETA), beta, true);
        }
        return coefficients;
    }
}
