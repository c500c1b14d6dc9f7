package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import dev.convoke.engine.DropoutMask;
import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dropout;
import dev.convoke.engine.plan.Parameter;
import dev.convoke.engine.plan.Plan;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the passes of one program share: the plan, the batch size, the parameters and the choice of layouts. */
final class Compilation {

    private final Plan plan;
    private final int batch;
    private final boolean training;
    private final WeightStore store;
    private final StepSettings settings;
    private final Team team;
    private final ProgramBuilder builder;
    private final Joins joins;
    private final WinogradEmitter winograd;
    private final Map<Node, Tensor> computing = new HashMap<>();

    Compilation(Plan plan, int batch, boolean training, WeightStore store, ReplicaContext context) {
        this.plan = plan;
        this.batch = batch;
        this.training = training;
        this.store = store;
        this.settings = context.settings();
        this.team = context.team();
        this.builder = new ProgramBuilder(context.natives(), context.dataType());
        this.joins = new Joins(this);
        this.winograd = new WinogradEmitter(this, team);
    }

    /** Emits all steps, those of the backward pass if it trains, and returns what the classifier makes. */
    Tensor emit() {
        List<Saved> saved = new Forward(this).emit();
        if (training) {
            new Backward(this, saved).emit();
        }
        return saved.get(saved.size() - 1).result();
    }

    Plan plan() {
        return plan;
    }

    int batch() {
        return batch;
    }

    boolean training() {
        return training;
    }

    StepSettings settings() {
        return settings;
    }

    ProgramBuilder builder() {
        return builder;
    }

    Joins joins() {
        return joins;
    }

    WinogradEmitter winograd() {
        return winograd;
    }

    /** Returns the node's first input. */
    Node input(Node node) {
        return plan.nodes().get(node.inputs().get(0));
    }

    /** Returns the dimensions of the node's output for the whole minibatch. */
    long[] dimensions(Node node) {
        return new long[] {
            batch, node.shape().channels(), node.shape().height(), node.shape().width()
        };
    }

    long flops(Node node) {
        return 2L * batch * plan.multiplyAdds(node);
    }

    /**
     * Returns the layout of images that a CPU computes fastest in: float32 channels in blocks of a vector, bfloat16
     * ones last, because only so does oneDNN multiply them by AMX.
     */
    Layout images(long[] dimensions) {
        int blocks = Cpu.vectorFloats() == 16 ? dnnl_aBcd16b : dnnl_aBcd8b;
        return builder.natives().tagged(isFloat32() ? blocks : dnnl_acdb, builder.dataType(), dimensions);
    }

    /** Returns the layout a convolution reads: few channels, as of an image, would waste most of a block. */
    Layout convolutionSource(Node source) {
        return source.shape().channels() < Cpu.vectorFloats()
                ? builder.natives().any(builder.dataType(), dimensions(source))
                : images(dimensions(source));
    }

    boolean isFloat32() {
        return builder.dataType() == dnnl_f32;
    }

    /** Returns the layout itself if it is in the format of activations, else a plain one that is. */
    Layout typed(Layout layout) {
        return layout.type() == builder.dataType()
                ? layout
                : builder.natives().plain(builder.dataType(), layout.dimensions());
    }

    long[] kernelDimensions(Node node, Convolution convolution) {
        return new long[] {
            convolution.filters(),
            input(node).shape().channels(),
            convolution.window().rows().kernel(),
            convolution.window().columns().kernel()
        };
    }

    /** Describes a primitive with the weights as they are kept, or in a layout of its choice where that is faster. */
    Description withWeights(Node node, long[] dimensions, Function<Layout, Description> description) {
        WeightArray array = weightArray(node);
        if (array.isSettled() && isFloat32()) {
            Description kept = description.apply(array.layout());
            if (!kept.isReference()) {
                return kept;
            }
        }
        return description.apply(builder.natives().any(builder.dataType(), dimensions));
    }

    /** Decides how the node's weights are kept, if no program has yet. */
    void settle(Node node, Layout chosen) {
        WeightArray array = weightArray(node);
        if (!array.isSettled()) {
            array.settle(chosen, builder.natives().plain(chosen.dimensions()), new Reorder());
        }
    }

    /** Returns the node's weights in a layout to compute with, which is copied at most once in a program. */
    Tensor weights(Node node, Layout wanted) {
        Tensor last = computing.get(node);
        if (last != null && last.layout().sameAs(wanted)) {
            return last;
        }
        Tensor weights = builder.as(node.layer(), weightArray(node).values(), wanted);
        computing.put(node, weights);
        return weights;
    }

    WeightArray weightArray(Node node) {
        return store.of(node.parameter(Kind.WEIGHT).orElseThrow());
    }

    @Nullable
    Layout biasLayout(Node node) {
        Tensor bias = array(node, Kind.BIAS);
        return bias == null ? null : bias.layout();
    }

    /** Returns the node's array of a kind, if it has one. */
    @Nullable
    Tensor array(Node node, Kind kind) {
        return node.parameter(kind).map(p -> store.of(p).values()).orElse(null);
    }

    Tensor requiredArray(Node node, Kind kind) {
        return store.of(node.parameter(kind).orElseThrow()).values();
    }

    /** Adds a step written in Java. */
    void kernel(Node node, String operation, List<Tensor> tensors, Kernel.Body body) {
        builder.add(new Kernel(node.layer(), operation, tensors, body), tensors);
    }

    /** Returns what multiplies the first array by a dropout's mask and writes the last. */
    Kernel.Body dropout(Dropout dropout) {
        return buffers -> {
            FloatBuffer from = buffers.get(0);
            FloatBuffer to = buffers.get(buffers.size() - 1);
            DropoutMask mask = new DropoutMask(settings.dropoutKey(), dropout.ordinal(), dropout.retain());
            for (int i = 0; i < to.capacity(); i++) {
                to.put(i, from.get(i) * mask.factor(i));
            }
        };
    }

    /** Adds the update of one parameter array by a gradient in its layout. */
    void update(Node node, Parameter parameter, Tensor gradient) {
        WeightArray array = store.of(parameter);
        Tensor kept = builder.as(node.layer(), gradient, array.layout());
        Update update = new Update(parameter, settings, team);
        List<Tensor> arrays = parameter.momentumOffset() >= 0
                ? List.of(kept, array.momentum(), array.values())
                : List.of(kept, array.values());
        kernel(node, "update", arrays, update::apply);
    }
}
