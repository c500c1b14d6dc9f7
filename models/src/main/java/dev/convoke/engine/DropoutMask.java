package dev.convoke.engine;

import java.nio.FloatBuffer;

/**
 * The dropout masks of all engines: which activations a step keeps is a pure function of the step's key, the layer and
 * the element. Cheap 32-bit integer mixing, without any state, so that any part of a mask can be computed on its own
 * and a compiler can use vector instructions.
 *
 * <p>The layer is told by its ordinal: 0 for the first layer with dropout in DL4J's topological order, 1 for the
 * second, and so on. The element is told by its index in the flat {@code [batch, channels, height, width]} or
 * {@code [batch, values]} order of the minibatch.
 */
public final class DropoutMask {

    private static final int LEVELS = 1 << 24;

    private final int low;
    private final int high;
    private final int kept;
    private final float scale;

    /**
     * Describes the mask of one layer in one step.
     *
     * @param dropoutKey of the step, see {@link Replica.Step}
     * @param ordinal of the layer among those with dropout
     * @param retain the share of activations kept, in (0, 1]; kept ones are scaled by its inverse
     */
    public DropoutMask(long dropoutKey, int ordinal, double retain) {
        if (!(retain > 0 && retain <= 1)) {
            throw new IllegalArgumentException("The share of activations kept must be in (0, 1], got " + retain);
        }
        long mixed = mix64(dropoutKey + 0x9E3779B97F4A7C15L * (ordinal + 1L));
        this.low = (int) mixed;
        this.high = (int) (mixed >>> 32);
        this.kept = (int) Math.round(retain * LEVELS);
        this.scale = (float) (1 / retain);
    }

    /** Returns whether the element is kept. */
    public boolean keeps(int element) {
        return mix32(mix32(element ^ low) + high) >>> 8 < kept;
    }

    /** Returns what the element is multiplied by: 0, or the inverse of the share kept. */
    public float factor(int element) {
        return keeps(element) ? scale : 0;
    }

    /** Fills the mask of elements 0, 1, ... into the remaining part of a buffer. */
    public void fill(FloatBuffer mask) {
        int start = mask.position();
        int count = mask.remaining();
        for (int i = 0; i < count; i++) {
            mask.put(start + i, factor(i));
        }
    }

    private static int mix32(int value) {
        int x = value;
        x = (x ^ (x >>> 16)) * 0x7FEB352D;
        x = (x ^ (x >>> 15)) * 0x846CA68B;
        return x ^ (x >>> 16);
    }

    private static long mix64(long value) {
        long x = value;
        x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
