package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_data_type;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_dims;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_inner_blks;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_inner_idxs;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_inner_nblks_s32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_ndims_s32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_submemory_offset_s64;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

/** How the values of an array stand in memory. Owned by the {@link Natives} that made it. */
final class Layout {

    private final dnnl_memory_desc descriptor;
    private final long[] dimensions;
    private final int type;
    private final long bytes;

    Layout(dnnl_memory_desc descriptor) {
        this.descriptor = descriptor;
        this.dimensions = longs(dnnl_query_dims, number(dnnl_query_ndims_s32));
        this.type = number(dnnl_query_data_type);
        this.bytes = dnnl_memory_desc_get_size(descriptor);
    }

    dnnl_memory_desc descriptor() {
        return descriptor;
    }

    long[] dimensions() {
        return dimensions.clone();
    }

    /** Returns oneDNN's number for the format of a value. */
    int type() {
        return type;
    }

    /** Returns the number of values, without padding. */
    long count() {
        return Arrays.stream(dimensions).reduce(1, Math::multiplyExact);
    }

    long bytes() {
        return bytes;
    }

    /** Returns how many values lie between neighbours along each dimension, of blocked ones between blocks. */
    long[] strides() {
        return longs(dnnl_query_strides, dimensions.length);
    }

    /** Returns how many values lie before the first, where this is part of another array. */
    long offset() {
        try (LongPointer result = new LongPointer(1)) {
            Natives.check(
                    dnnl_memory_desc_query(descriptor, dnnl_query_submemory_offset_s64, result), "asking for a layout");
            return result.get();
        }
    }

    boolean sameAs(Layout other) {
        return dnnl_memory_desc_equal(descriptor, other.descriptor) == 1;
    }

    /** Returns the layout as oneDNN writes it: dimensions from the outermost in, blocked ones in capitals. */
    String tag() {
        long[] strides = strides();
        int blocks = number(dnnl_query_inner_nblks_s32);
        long[] sizes = longs(dnnl_query_inner_blks, blocks);
        long[] indices = longs(dnnl_query_inner_idxs, blocks);
        String outer = IntStream.range(0, dimensions.length)
                .boxed()
                .sorted(Comparator.comparingLong(d -> -strides[d]))
                .map(d -> letter(Arrays.stream(indices).anyMatch(index -> index == d) ? 'A' : 'a', d))
                .collect(Collectors.joining());
        return outer
                + IntStream.range(0, blocks)
                        .mapToObj(i -> sizes[i] + letter('a', indices[i]))
                        .collect(Collectors.joining());
    }

    private static String letter(char first, long index) {
        return Character.toString((int) (first + index));
    }

    private int number(int what) {
        try (IntPointer result = new IntPointer(1)) {
            Natives.check(dnnl_memory_desc_query(descriptor, what, result), "asking for a layout");
            return result.get();
        }
    }

    private long[] longs(int what, int count) {
        if (count == 0) {
            return new long[0];
        }
        try (PointerPointer<LongPointer> result = new PointerPointer<>(1)) {
            Natives.check(dnnl_memory_desc_query(descriptor, what, result), "asking for a layout");
            long[] values = new long[count];
            result.get(LongPointer.class, 0).get(values);
            return values;
        }
    }
}
