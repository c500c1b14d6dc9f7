package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_impl_info_str;

import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** A primitive as oneDNN would compute it: which implementation, in which layouts. */
final class Description {

    private final Natives natives;
    private final dnnl_primitive_desc descriptor;

    Description(Natives natives, dnnl_primitive_desc descriptor) {
        this.natives = natives;
        this.descriptor = descriptor;
    }

    dnnl_primitive_desc descriptor() {
        return descriptor;
    }

    /** Returns the layout of one of its arrays, by oneDNN's number for the question. */
    Layout layout(int what) {
        return natives.copyOf(dnnl_primitive_desc_query_md(descriptor, what, 0));
    }

    /** Returns the name of the implementation, for example {@code jit:avx2}. */
    String implementation() {
        try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
            Natives.check(
                    dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, name),
                    "asking for an implementation");
            return name.get(BytePointer.class, 0).getString();
        }
    }

    /** Returns whether it is one of the slow implementations that exist for completeness. */
    boolean isReference() {
        return implementation().startsWith("ref");
    }

    dnnl_primitive create() {
        dnnl_primitive primitive = new dnnl_primitive();
        Natives.checkTaken(dnnl_primitive_create(primitive, descriptor), "compiling", implementation());
        natives.own(primitive);
        return primitive;
    }
}
