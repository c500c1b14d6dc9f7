package dev.convoke.engine.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Places buffers in one block of memory so that buffers in use at the same time never overlap.
 *
 * <p>Greedy by size, each at the lowest free place, as in <a href="https://arxiv.org/abs/2001.03288">Pisarchyk and Lee
 * 2020</a>.
 */
public final class ArenaPlan {

    /** Buffers start at multiples of this: a cache line, and the widest vector. */
    public static final long ALIGNMENT = 64;

    private ArenaPlan() {}

    /**
     * One buffer.
     *
     * @param bytes its size
     * @param first the step that first uses it
     * @param last the step that last uses it, inclusive
     */
    public record Buffer(long bytes, int first, int last) {

        boolean meets(Buffer other) {
            return first <= other.last && other.first <= last;
        }
    }

    /**
     * Where everything stands.
     *
     * @param offsets of the buffers, in the order given
     * @param bytes that the block must have
     */
    public record Placement(List<Long> offsets, long bytes) {

        /** Copies the list, so that the placement cannot change. */
        public Placement {
            offsets = List.copyOf(offsets);
        }
    }

    /** Places the buffers. */
    public static Placement place(List<Buffer> buffers) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < buffers.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingLong((Integer i) -> -buffers.get(i).bytes()));
        Long[] offsets = new Long[buffers.size()];
        List<Integer> placed = new ArrayList<>();
        long total = 0;
        for (int i : order) {
            Buffer buffer = buffers.get(i);
            long offset = 0;
            placed.sort(Comparator.comparingLong(p -> offsets[p]));
            for (int p : placed) {
                if (buffers.get(p).meets(buffer)) {
                    if (offset + buffer.bytes() <= offsets[p]) {
                        break;
                    }
                    offset = Math.max(offset, align(offsets[p] + buffers.get(p).bytes()));
                }
            }
            offsets[i] = offset;
            placed.add(i);
            total = Math.max(total, align(offset + buffer.bytes()));
        }
        return new Placement(List.of(offsets), total);
    }

    private static long align(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
