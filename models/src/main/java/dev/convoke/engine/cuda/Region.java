package dev.convoke.engine.cuda;

import dev.convoke.engine.plan.ArenaPlan;

/** A range of the GPU's memory, in the arena while steps use it. */
final class Region {

    private final long bytes;
    private long address;
    private int first = Integer.MAX_VALUE;
    private int last = -1;

    Region(long bytes) {
        this.bytes = bytes;
    }

    void usedBy(int step) {
        first = Math.min(first, step);
        last = Math.max(last, step);
    }

    boolean isUsed() {
        return last >= 0;
    }

    ArenaPlan.Buffer buffer() {
        return new ArenaPlan.Buffer(bytes, first, last);
    }

    void placeAt(long place) {
        address = place;
    }

    long address() {
        if (address == 0) {
            throw new IllegalStateException("A range of memory has no address yet: place it before use");
        }
        return address;
    }
}
