package dev.convoke.engine.onednn;

/** The arrays in which one thread transforms kernels: each holds one value of many kernels. */
final class KernelScratch {

    /** Blocks of channels by channels that are transformed at a time: so that memory is written a page at a time. */
    static final int BLOCKS = 4;

    private final float[][][] taps;
    private final float[][][] half;
    private final float[][][] halfByPoint;
    private final float[][][] pointsByColumn;
    private final float[][] points;

    KernelScratch() {
        int floats = BLOCKS * BlockedImages.LANES * BlockedImages.LANES;
        this.taps = new float[Winograd.KERNEL][Winograd.KERNEL][floats];
        this.half = new float[Winograd.KERNEL][Winograd.POINTS][floats];
        this.halfByPoint = TileScratch.turned(half);
        float[][][] pointsByRow = new float[Winograd.POINTS][Winograd.POINTS][floats];
        this.pointsByColumn = TileScratch.turned(pointsByRow);
        this.points = TileScratch.rowByRow(pointsByRow);
    }

    /** Returns one of the nine values of a kernel, row by row. */
    float[] tap(int number) {
        return taps[number / Winograd.KERNEL][number % Winograd.KERNEL];
    }

    /** Returns all points, row by row. */
    float[][] points() {
        return points;
    }

    /** Transforms kernels to points. */
    void toPoints(int count) {
        for (int r = 0; r < Winograd.KERNEL; r++) {
            Winograd.kernel(taps[r], half[r], count);
        }
        for (int p = 0; p < Winograd.POINTS; p++) {
            Winograd.kernel(halfByPoint[p], pointsByColumn[p], count);
        }
    }

    /** Transforms products at points to kernels' gradients. */
    void toTaps(int count) {
        for (int p = 0; p < Winograd.POINTS; p++) {
            Winograd.kernelGradient(pointsByColumn[p], halfByPoint[p], count);
        }
        for (int r = 0; r < Winograd.KERNEL; r++) {
            Winograd.kernelGradient(half[r], taps[r], count);
        }
    }
}
