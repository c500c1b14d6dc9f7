package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** Makes images of products at points, {@code [points, blocks, tiles, LANES]}, adds a bias and applies a ReLU. */
final class TileWriter {

    private static final int LANES = BlockedImages.LANES;

    private final BlockedImages images;
    private final TileGrid grid;
    private final @Nullable Tensor bias;
    private final boolean relu;
    private @Nullable FloatBuffer biases;

    TileWriter(BlockedImages images, TileGrid grid, @Nullable Tensor bias, boolean relu) {
        this.images = images;
        this.grid = grid;
        this.bias = bias;
        this.relu = relu;
    }

    void bind() {
        images.bind();
        if (bias != null) {
            biases = bias.floats();
        }
    }

    BlockedImages images() {
        return images;
    }

    TileGrid grid() {
        return grid;
    }

    int lineFloats() {
        return Winograd.TILE * grid.columns() * LANES;
    }

    /** Writes rows of tiles of a block of channels. */
    void write(TileRows rows, int block, FloatBuffer products, int tiles, TileScratch scratch) {
        int count = rows.count() * grid.columns() * LANES;
        float[][] points = scratch.points();
        for (int p = 0; p < points.length; p++) {
            int from = ((p * images.blocks() + block) * tiles + rows.before() * grid.columns()) * LANES;
            products.get(from, points[p], 0, count);
        }
        for (int p = 0; p < Winograd.POINTS; p++) {
            Winograd.result(scratch.pointsOfColumn(p), scratch.halfOfPoint(p), count);
        }
        for (int r = 0; r < Winograd.TILE; r++) {
            Winograd.result(scratch.half(r), scratch.values(r), count);
        }
        finish(block, count, scratch);
        int lines = Math.min(Winograd.TILE * rows.count(), images.height() - Winograd.TILE * rows.first());
        for (int k = 0; k < lines; k++) {
            float[][] values = scratch.values(k % Winograd.TILE);
            for (int c = 0; c < Winograd.TILE; c++) {
                scatter(values[c], k / Winograd.TILE * grid.columns() * LANES, scratch.line(), c * LANES);
            }
            images.write(rows.image(), block, Winograd.TILE * rows.first() + k, scratch.line());
        }
    }

    private void scatter(float[] value, int from, float[] line, int to) {
        for (int t = 0; t < grid.columns(); t++) {
            System.arraycopy(value, from + t * LANES, line, to + t * Winograd.TILE * LANES, LANES);
        }
    }

    private void finish(int block, int count, TileScratch scratch) {
        FloatBuffer added = biases;
        float[] repeated = scratch.points()[0];
        if (added != null) {
            added.get(block * LANES, repeated, 0, LANES);
            for (int i = LANES; i < count; i += LANES) {
                System.arraycopy(repeated, 0, repeated, i, LANES);
            }
        }
        for (int r = 0; r < Winograd.TILE; r++) {
            for (int c = 0; c < Winograd.TILE; c++) {
                float[] value = scratch.values(r)[c];
                if (added != null) {
                    Winograd.add(repeated, value, count);
                }
                if (relu) {
                    rectify(value, count);
                }
            }
        }
    }

    private static void rectify(float[] value, int count) {
        for (int i = 0; i < count; i++) {
            value[i] = Math.max(value[i], 0);
        }
    }
}
