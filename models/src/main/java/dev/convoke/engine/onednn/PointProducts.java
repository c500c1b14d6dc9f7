package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

import dev.convoke.engine.onednn.Call.Argument;
import dev.convoke.engine.onednn.Descriptions.Operands;
import dev.convoke.engine.plan.Axis;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import java.util.List;

/**
 * The matrix products of a convolution by tiles, one for each point. oneDNN has them as a convolution of 1x1 pixel with
 * a group of channels for each point, which takes points in the blocks they are transformed in.
 */
final class PointProducts {

    private static final int POINTS = Winograd.POINTS * Winograd.POINTS;

    private final ProgramBuilder builder;
    private final Layout source;
    private final Layout result;
    private final Description forward;

    /**
     * Describes the products of as many tiles.
     *
     * @param sourceBlocks blocks of channels that are read
     * @param resultBlocks blocks of channels that are written
     */
    PointProducts(ProgramBuilder builder, int sourceBlocks, int resultBlocks, int tiles) {
        this.builder = builder;
        this.source = points(sourceBlocks, tiles);
        this.result = points(resultBlocks, tiles);
        this.forward = builder.descriptions()
                .convolution(operands(sourceBlocks, resultBlocks), geometry(), true, PostOperations.NONE);
    }

    /** Returns the layout of points to read, {@code [points, blocks, tiles, 16]}. */
    Layout source() {
        return source;
    }

    /** Returns the layout of points to write, {@code [points, blocks, tiles, 16]}. */
    Layout result() {
        return result;
    }

    /** Returns the layout of kernels' points, {@code [points, result blocks, source blocks, 16, 16]}. */
    Layout kernels() {
        return forward.layout(dnnl_query_weights_md);
    }

    String implementation() {
        return "winograd, " + forward.implementation();
    }

    /**
     * Returns what multiplies points by kernels'.
     *
     * @param used where the memory it takes is noted
     */
    Call multiply(Tensor points, Tensor kernels, Tensor products, List<Tensor> used) {
        return call(
                forward,
                used,
                new Argument(DNNL_ARG_SRC, points),
                new Argument(DNNL_ARG_WEIGHTS, kernels),
                new Argument(DNNL_ARG_DST, products));
    }

    /** Describes the products over tiles, for {@link #multiplyOverTiles}. */
    Description overTiles() {
        int sourceBlocks = blocks(source);
        return builder.descriptions()
                .convolutionBackwardWeights(operands(sourceBlocks, blocks(result)), geometry(), forward);
    }

    /** Returns the layout of products over tiles, {@code [points, result blocks, source blocks, 16, 16]}. */
    Layout sums(Description overTiles) {
        return overTiles.layout(dnnl_query_diff_weights_md);
    }

    /** Returns what multiplies points of sources by those of results, tile by tile, and sums. */
    Call multiplyOverTiles(Description overTiles, Tensor sources, Tensor results, Tensor sums, List<Tensor> used) {
        return call(
                overTiles,
                used,
                new Argument(DNNL_ARG_SRC, sources),
                new Argument(DNNL_ARG_DIFF_DST, results),
                new Argument(DNNL_ARG_DIFF_WEIGHTS, sums));
    }

    /** Returns what adds one array to another. */
    Call add(Tensor sum, Tensor added, List<Tensor> used) {
        return call(
                builder.descriptions().add(sum.layout(), PostOperations.NONE),
                used,
                new Argument(DNNL_ARG_SRC, sum),
                new Argument(DNNL_ARG_SRC_1, added),
                new Argument(DNNL_ARG_DST, sum));
    }

    private Call call(Description description, List<Tensor> used, Argument... arguments) {
        List<Argument> all = builder.withScratch(description, arguments);
        all.stream().skip(arguments.length).map(Argument::tensor).forEach(used::add);
        Layout written = arguments[arguments.length - 1].tensor().layout();
        Step.Row row = new Step.Row("", "products of points", description.implementation(), written, 0, 0);
        return new Call(builder.natives(), row, description, all);
    }

    private Operands operands(int sourceBlocks, int resultBlocks) {
        long[] kernels = {
            POINTS, (long) resultBlocks * BlockedImages.LANES, (long) sourceBlocks * BlockedImages.LANES, 1, 1
        };
        return new Operands(source, builder.natives().any(dnnl_f32, kernels), null, result);
    }

    private Layout points(int blocks, int tiles) {
        return builder.natives()
                .tagged(dnnl_aBcd16b, dnnl_f32, 1, (long) POINTS * blocks * BlockedImages.LANES, 1, tiles);
    }

    private static int blocks(Layout points) {
        return (int) points.dimensions()[1] / POINTS / BlockedImages.LANES;
    }

    private Geometry geometry() {
        long[] dimensions = source.dimensions();
        Axis pixel = new Axis(1, 1, 0, false);
        return Geometry.of(new Window(pixel, pixel), new ImageShape((int) dimensions[1], (int) dimensions[2], (int)
                dimensions[3]));
    }
}
