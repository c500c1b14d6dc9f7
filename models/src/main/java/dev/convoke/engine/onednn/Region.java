package dev.convoke.engine.onednn;

import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** A range of memory: in the arena while it is in use, or for good at an address of its own. */
final class Region {

    private final long bytes;
    private @Nullable Pointer address;
    private int first = Integer.MAX_VALUE;
    private int last = -1;

    Region(long bytes) {
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }

    /** Notes that a step reads or writes it. */
    void usedBy(int step) {
        first = Math.min(first, step);
        last = Math.max(last, step);
    }

    int first() {
        return first;
    }

    int last() {
        return last;
    }

    void placeAt(Pointer place) {
        address = place;
    }

    Pointer address() {
        if (address == null) {
            throw new IllegalStateException("A range of memory has no address yet: place it before use");
        }
        return address;
    }
}
