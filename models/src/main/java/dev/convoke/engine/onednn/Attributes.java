package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_binary;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;

import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;

/** The attributes of all primitives: their scratch memory is ours, so that it is planned and counted. */
final class Attributes {

    private final Natives natives;
    private final dnnl_primitive_attr plain;

    Attributes(Natives natives) {
        this.natives = natives;
        this.plain = create();
    }

    dnnl_primitive_attr plain() {
        return plain;
    }

    dnnl_primitive_attr with(PostOperations after) {
        dnnl_post_ops operations = new dnnl_post_ops();
        Natives.check(dnnl_post_ops_create(operations), "creating post-operations");
        dnnl_primitive_attr attributes = create();
        if (after.residual() != null) {
            Natives.check(
                    dnnl_post_ops_append_binary(
                            operations, dnnl_binary_add, after.residual().descriptor()),
                    "fusing an addition");
        }
        if (after.relu()) {
            Natives.check(dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0), "fusing a ReLU");
        }
        Natives.check(dnnl_primitive_attr_set_post_ops(attributes, operations), "setting post-operations");
        dnnl_post_ops_destroy(operations);
        return attributes;
    }

    private dnnl_primitive_attr create() {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        Natives.check(dnnl_primitive_attr_create(attributes), "creating attributes");
        natives.onClose(() -> dnnl_primitive_attr_destroy(attributes));
        Natives.check(
                dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
                "planning scratch memory");
        return attributes;
    }
}
