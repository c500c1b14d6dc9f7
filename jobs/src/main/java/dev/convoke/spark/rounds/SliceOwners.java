package dev.convoke.spark.rounds;

import dev.convoke.training.Slice;
import java.util.List;

/** Which owner averages and keeps which slices: contiguous shares, as many as there are workers. Pure. */
final class SliceOwners {

    private final List<Slice> slices;
    private final int workers;
    private final int count;

    SliceOwners(List<Slice> slices, int workers) {
        this.slices = slices;
        this.workers = workers;
        this.count = Math.min(slices.size(), workers);
    }

    /** Returns how many owners there are. */
    int count() {
        return count;
    }

    /** Returns how many workers there are. */
    int workers() {
        return workers;
    }

    /** Returns all slices, in order. */
    List<Slice> slices() {
        return slices;
    }

    /** Returns the block that holds a slice's outer momentum; the slice itself is in the block of its own index. */
    int momentumIndex(Slice slice) {
        return slices.size() + slice.index();
    }

    /** Returns the block that holds what rounding lost of a slice of a worker's results. */
    int residualIndex(int worker, Slice slice) {
        return (2 + worker) * slices.size() + slice.index();
    }

    /** Returns an owner's slices, in order. */
    List<Slice> of(int owner) {
        return slices.subList(first(owner), first(owner + 1));
    }

    /** Returns all owners, starting with the given one and going round: so that not all are asked at once. */
    List<Integer> startingWith(int first) {
        return java.util.stream.IntStream.range(0, count)
                .map(i -> (first + i) % count)
                .boxed()
                .toList();
    }

    private int first(int owner) {
        return (int) ((long) owner * slices.size() / count);
    }
}
