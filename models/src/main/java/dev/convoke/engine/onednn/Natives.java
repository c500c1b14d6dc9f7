package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_invalid_arguments;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_submemory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;
import static org.bytedeco.dnnl.global.dnnl.dnnl_unimplemented;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;

/** oneDNN's CPU engine and everything made with it; closing it destroys them all, the latest first. */
final class Natives implements AutoCloseable {

    private static final int[] PLAIN_TAGS = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd};

    private final Deque<Runnable> destroyers = new ArrayDeque<>();
    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();

    Natives() {
        check(dnnl_engine_create(engine, dnnl_cpu, 0), "creating oneDNN's CPU engine");
        destroyers.push(() -> dnnl_engine_destroy(engine));
        check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags), "creating oneDNN's stream");
        destroyers.push(() -> dnnl_stream_destroy(stream));
    }

    dnnl_engine engine() {
        return engine;
    }

    dnnl_stream stream() {
        return stream;
    }

    /** Runs something when this closes, before what was registered earlier. */
    void onClose(Runnable destroyer) {
        destroyers.push(destroyer);
    }

    /** Returns float32 values in row-major order. */
    Layout plain(long... dimensions) {
        return plain(dnnl_f32, dimensions);
    }

    /** Returns values of a format in row-major order. */
    Layout plain(int type, long[] dimensions) {
        return tagged(PLAIN_TAGS[dimensions.length], type, dimensions);
    }

    /** Returns a layout that a primitive chooses. */
    Layout any(int type, long... dimensions) {
        return tagged(dnnl_format_tag_any, type, dimensions);
    }

    Layout tagged(int tag, int type, long... dimensions) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        check(
                dnnl_memory_desc_create_with_tag(descriptor, dimensions.length, dimensions, type, tag),
                "describing an array");
        return own(descriptor);
    }

    /** Returns a copy of a layout that a primitive's description owns. */
    Layout copyOf(dnnl_memory_desc foreign) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        check(dnnl_memory_desc_clone(descriptor, foreign), "copying a layout");
        return own(descriptor);
    }

    /** Returns part of an array in place, if the layout allows to cut there. */
    Optional<Layout> part(Layout whole, long[] dimensions, long[] offsets) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        int status = dnnl_memory_desc_create_submemory(descriptor, whole.descriptor(), dimensions, offsets);
        return status == dnnl_success ? Optional.of(own(descriptor)) : Optional.empty();
    }

    void own(dnnl_primitive primitive) {
        destroyers.push(() -> dnnl_primitive_destroy(primitive));
    }

    private Layout own(dnnl_memory_desc descriptor) {
        destroyers.push(() -> dnnl_memory_desc_destroy(descriptor));
        return new Layout(descriptor);
    }

    @Override
    public void close() {
        while (!destroyers.isEmpty()) {
            destroyers.pop().run();
        }
    }

    /**
     * Turns a failed call that describes or creates a primitive into an error that says which.
     *
     * @throws RefusedException if oneDNN does not compute such a thing
     */
    static void checkTaken(int status, String doing, String what) {
        if (status == dnnl_unimplemented || status == dnnl_invalid_arguments) {
            throw new RefusedException(what, status);
        }
        check(status, doing + " " + what);
    }

    /** Turns a failed call into an error that says what was being done. */
    static void check(int status, String doing) {
        if (status != dnnl_success) {
            throw new IllegalStateException("oneDNN failed " + doing + ", status " + status
                    + ": report this with the network and the batch size");
        }
    }
}
