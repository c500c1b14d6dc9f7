package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;

/** An array in a program: how its values stand, and where. Several tensors may look at one region. */
record Tensor(Layout layout, Region region) {

    /** Returns its float32 values where they stand now, from the region's first. */
    FloatBuffer floats() {
        return NativeBlock.floats(region.address(), layout.bytes() / Float.BYTES);
    }
}
