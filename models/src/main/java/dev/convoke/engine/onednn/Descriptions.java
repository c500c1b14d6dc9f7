package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_backward;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_batch_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_concat_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_backward_data_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_backward_weights_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_direct;
import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_backward_data_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_backward_weights_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_avg_exclude_padding;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_max;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_sum_primitive_desc_create;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** Describes primitives to oneDNN. A {@code training} pass keeps what the backward pass needs. */
final class Descriptions {

    private final Natives natives;
    private final Attributes attributes;

    Descriptions(Natives natives) {
        this.natives = natives;
        this.attributes = new Attributes(natives);
    }

    /** The arrays of a convolution or a dense layer. */
    record Operands(Layout source, Layout weights, @Nullable Layout bias, Layout result) {

        @Nullable
        dnnl_memory_desc biasDescriptor() {
            return bias == null ? null : bias.descriptor();
        }
    }

    Description convolution(Operands arrays, Geometry geometry, boolean training, PostOperations after) {
        return describe(
                "a convolution",
                (result, plain) -> dnnl_convolution_forward_primitive_desc_create(
                        result,
                        natives.engine(),
                        kind(training),
                        dnnl_convolution_direct,
                        arrays.source().descriptor(),
                        arrays.weights().descriptor(),
                        arrays.biasDescriptor(),
                        arrays.result().descriptor(),
                        geometry.strides(),
                        geometry.dilation(),
                        geometry.before(),
                        geometry.after(),
                        attributes.with(after)));
    }

    Description convolutionBackwardData(Operands arrays, Geometry geometry, Description forward) {
        return describe(
                "a convolution's data gradient",
                (result, plain) -> dnnl_convolution_backward_data_primitive_desc_create(
                        result,
                        natives.engine(),
                        dnnl_convolution_direct,
                        arrays.source().descriptor(),
                        arrays.weights().descriptor(),
                        arrays.result().descriptor(),
                        geometry.strides(),
                        geometry.dilation(),
                        geometry.before(),
                        geometry.after(),
                        forward.descriptor(),
                        plain));
    }

    Description convolutionBackwardWeights(Operands arrays, Geometry geometry, Description forward) {
        return describe(
                "a convolution's weight gradient",
                (result, plain) -> dnnl_convolution_backward_weights_primitive_desc_create(
                        result,
                        natives.engine(),
                        dnnl_convolution_direct,
                        arrays.source().descriptor(),
                        arrays.weights().descriptor(),
                        arrays.biasDescriptor(),
                        arrays.result().descriptor(),
                        geometry.strides(),
                        geometry.dilation(),
                        geometry.before(),
                        geometry.after(),
                        forward.descriptor(),
                        plain));
    }

    Description dense(Operands arrays, boolean training, PostOperations after) {
        return describe(
                "a dense layer",
                (result, plain) -> dnnl_inner_product_forward_primitive_desc_create(
                        result,
                        natives.engine(),
                        kind(training),
                        arrays.source().descriptor(),
                        arrays.weights().descriptor(),
                        arrays.biasDescriptor(),
                        arrays.result().descriptor(),
                        attributes.with(after)));
    }

    Description denseBackwardData(Operands arrays, Description forward) {
        return describe(
                "a dense layer's data gradient",
                (result, plain) -> dnnl_inner_product_backward_data_primitive_desc_create(
                        result,
                        natives.engine(),
                        arrays.source().descriptor(),
                        arrays.weights().descriptor(),
                        arrays.result().descriptor(),
                        forward.descriptor(),
                        plain));
    }

    Description denseBackwardWeights(Operands arrays, Description forward) {
        return describe(
                "a dense layer's weight gradient",
                (result, plain) -> dnnl_inner_product_backward_weights_primitive_desc_create(
                        result,
                        natives.engine(),
                        arrays.source().descriptor(),
                        arrays.weights().descriptor(),
                        arrays.biasDescriptor(),
                        arrays.result().descriptor(),
                        forward.descriptor(),
                        plain));
    }

    Description batchNorm(Layout data, double epsilon, int flags, boolean training) {
        return describe(
                "a batch norm",
                (result, plain) -> dnnl_batch_normalization_forward_primitive_desc_create(
                        result,
                        natives.engine(),
                        kind(training),
                        data.descriptor(),
                        data.descriptor(),
                        (float) epsilon,
                        flags,
                        plain));
    }

    Description batchNormBackward(Layout data, Layout gradient, double epsilon, int flags, Description forward) {
        return describe(
                "a batch norm's gradient",
                (result, plain) -> dnnl_batch_normalization_backward_primitive_desc_create(
                        result,
                        natives.engine(),
                        dnnl_backward,
                        gradient.descriptor(),
                        gradient.descriptor(),
                        data.descriptor(),
                        (float) epsilon,
                        flags,
                        forward.descriptor(),
                        plain));
    }

    Description pool(Layout source, Layout target, Geometry geometry, boolean largest, boolean training) {
        return describe(
                "a pool",
                (result, plain) -> dnnl_pooling_forward_primitive_desc_create(
                        result,
                        natives.engine(),
                        kind(training),
                        poolKind(largest),
                        source.descriptor(),
                        target.descriptor(),
                        geometry.strides(),
                        geometry.kernel(),
                        geometry.dilation(),
                        geometry.before(),
                        geometry.after(),
                        plain));
    }

    Description poolBackward(Layout source, Layout target, Geometry geometry, boolean largest, Description forward) {
        return describe(
                "a pool's gradient",
                (result, plain) -> dnnl_pooling_backward_primitive_desc_create(
                        result,
                        natives.engine(),
                        poolKind(largest),
                        source.descriptor(),
                        target.descriptor(),
                        geometry.strides(),
                        geometry.kernel(),
                        geometry.dilation(),
                        geometry.before(),
                        geometry.after(),
                        forward.descriptor(),
                        plain));
    }

    Description relu(Layout layout, boolean training) {
        return describe(
                "a ReLU",
                (result, plain) -> dnnl_eltwise_forward_primitive_desc_create(
                        result,
                        natives.engine(),
                        kind(training),
                        dnnl_eltwise_relu,
                        layout.descriptor(),
                        layout.descriptor(),
                        0,
                        0,
                        plain));
    }

    /** Masks a gradient by the ReLU's output. */
    Description reluBackward(Layout layout, Description forward) {
        return describe(
                "a ReLU's gradient",
                (result, plain) -> dnnl_eltwise_backward_primitive_desc_create(
                        result,
                        natives.engine(),
                        dnnl_eltwise_relu_use_dst_for_bwd,
                        layout.descriptor(),
                        layout.descriptor(),
                        layout.descriptor(),
                        0,
                        0,
                        forward.descriptor(),
                        plain));
    }

    /** The forward ReLU that a backward one refers to. */
    Description reluForBackward(Layout layout) {
        return describe(
                "a ReLU",
                (result, plain) -> dnnl_eltwise_forward_primitive_desc_create(
                        result,
                        natives.engine(),
                        dnnl_forward_training,
                        dnnl_eltwise_relu_use_dst_for_bwd,
                        layout.descriptor(),
                        layout.descriptor(),
                        0,
                        0,
                        plain));
    }

    Description add(Layout layout, PostOperations after) {
        return describe(
                "an addition",
                (result, plain) -> dnnl_binary_primitive_desc_create(
                        result,
                        natives.engine(),
                        dnnl_binary_add,
                        layout.descriptor(),
                        layout.descriptor(),
                        layout.descriptor(),
                        attributes.with(after)));
    }

    Description sum(Layout layout, int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return describeMany(
                "a sum",
                Collections.nCopies(count, layout),
                (result, sources) -> dnnl_sum_primitive_desc_create(
                        result, natives.engine(), layout.descriptor(), count, ones, sources, attributes.plain()));
    }

    Description concatenation(List<Layout> layouts, Layout target) {
        return describeMany(
                "a concatenation",
                layouts,
                (result, sources) -> dnnl_concat_primitive_desc_create(
                        result, natives.engine(), target.descriptor(), layouts.size(), 1, sources, attributes.plain()));
    }

    Description reorder(Layout from, Layout to) {
        return describe(
                "a reorder",
                (result, plain) -> dnnl_reorder_primitive_desc_create(
                        result, from.descriptor(), natives.engine(), to.descriptor(), natives.engine(), plain));
    }

    @FunctionalInterface
    private interface Creation {
        int create(dnnl_primitive_desc result, dnnl_primitive_attr plain);
    }

    private Description describe(String what, Creation creation) {
        dnnl_primitive_desc descriptor = new dnnl_primitive_desc();
        Natives.checkTaken(creation.create(descriptor, attributes.plain()), "describing", what);
        return own(descriptor);
    }

    @FunctionalInterface
    private interface ManyCreation {
        int create(PointerPointer<dnnl_primitive_desc> result, PointerPointer<dnnl_memory_desc> sources);
    }

    private Description describeMany(String what, List<Layout> layouts, ManyCreation creation) {
        try (PointerPointer<dnnl_memory_desc> sources = new PointerPointer<>(layouts.size());
                PointerPointer<dnnl_primitive_desc> result = new PointerPointer<>(1)) {
            for (int i = 0; i < layouts.size(); i++) {
                sources.put(i, layouts.get(i).descriptor());
            }
            Natives.checkTaken(creation.create(result, sources), "describing", what);
            return own(result.get(dnnl_primitive_desc.class, 0));
        }
    }

    private Description own(dnnl_primitive_desc descriptor) {
        natives.onClose(() -> dnnl_primitive_desc_destroy(descriptor));
        return new Description(natives, descriptor);
    }

    private static int kind(boolean training) {
        return training ? dnnl_forward_training : dnnl_forward_inference;
    }

    private static int poolKind(boolean largest) {
        return largest ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding;
    }
}
