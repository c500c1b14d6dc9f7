package dev.convoke.training;

/**
 * Whether all of many float32 values are finite. Zero times a finite value is zero, times any other it is NaN, and a
 * sum with a NaN is NaN: these are vector instructions in Java 17, while a look at each value's exponent is not, and
 * takes four times as long. Not thread-safe: it owns its scratch space.
 */
final class FiniteCheck {

    private static final int TILE = 1024;

    /** So few are added up one by one. */
    private static final int FEW = 64;

    private final float[] zeros = new float[TILE];

    /** Returns whether the first {@code length} values are all finite. */
    boolean passes(float[] values, int length) {
        for (int from = 0; from < length; from += TILE) {
            if (!passes(values, from, Math.min(TILE, length - from))) {
                return false;
            }
        }
        return true;
    }

    private boolean passes(float[] values, int from, int count) {
        for (int i = 0; i < count; i++) {
            zeros[i] = values[from + i] * 0f;
        }
        int left = count;
        while (left > FEW) {
            int half = (left + 1) / 2;
            fold(half, left - half);
            left = half;
        }
        float sum = 0;
        for (int i = 0; i < left; i++) {
            sum += zeros[i];
        }
        return sum == 0;
    }

    private void fold(int from, int count) {
        for (int i = 0; i < count; i++) {
            zeros[i] += zeros[from + i];
        }
    }

    /** Returns the index of the first value that is not finite, or {@code length}. */
    static int firstFailure(float[] values, int length) {
        int i = 0;
        while (i < length && Float.isFinite(values[i])) {
            i++;
        }
        return i;
    }
}
