package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import dev.convoke.engine.plan.Axis;
import dev.convoke.engine.plan.Operation.Convolution;

/**
 * Which convolutions are computed by tiles. That takes a quarter of the multiplications, and transforms whose cost
 * grows with the channels where that of multiplications grows with their product: it pays where there are many
 * channels, and tiles enough for the transforms of the kernels. What is compared is time by the constants below, in
 * nanoseconds of one thread of an AVX-512 CPU; only their ratios matter.
 */
final class WinogradChoice {

    /** A multiplication and addition in products of matrices, of one channel by another. */
    private static final double MULTIPLY = 0.018;

    /** The transforms of a tile of one channel, once read and once written. */
    private static final double TILE = 37;

    /** The transform of a kernel of one channel by another, and reading it. */
    private static final double KERNEL = 60;

    private WinogradChoice() {}

    /**
     * Returns whether a convolution is computed by tiles, in all its passes.
     *
     * @param source the images it reads
     * @param result the images it writes
     * @param weights as they are kept
     */
    static boolean isFor(Convolution convolution, Layout source, Layout result, Layout weights) {
        return Cpu.vectorFloats() == BlockedImages.LANES
                && result.type() == dnnl_f32
                && isKernel(convolution.window().rows())
                && isKernel(convolution.window().columns())
                && !convolution.residual()
                && BlockedImages.isBlocked(source)
                && BlockedImages.isBlocked(result)
                && weights.tag().equals(WinogradKernels.READ)
                && pays(source.dimensions()[1], result.dimensions());
    }

    private static boolean isKernel(Axis axis) {
        return axis.kernel() == Winograd.KERNEL && axis.stride() == 1;
    }

    private static boolean pays(long channels, long[] result) {
        long filters = result[1];
        long pixels = result[0] * result[2] * result[3];
        TileGrid grid = TileGrid.of(result[2], result[3]);
        long tiles = result[0] * grid.rows() * grid.columns();
        double pairs = (double) channels * filters;
        double direct = MULTIPLY * pixels * Winograd.KERNEL * Winograd.KERNEL * pairs;
        double byTiles = tiles * (MULTIPLY * Winograd.POINTS * Winograd.POINTS * pairs + TILE * (channels + filters))
                + KERNEL * pairs;
        return byTiles < direct;
    }
}
