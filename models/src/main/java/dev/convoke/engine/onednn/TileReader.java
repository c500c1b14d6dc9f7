package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;

/** Reads tiles of images and transforms them to points, {@code [points, blocks, tiles, LANES]}. */
final class TileReader {

    private static final int LANES = BlockedImages.LANES;

    private final BlockedImages images;
    private final TileGrid grid;
    private final int top;
    private final int left;
    private final int overlap;

    private TileReader(BlockedImages images, TileGrid grid, int top, int left, int overlap) {
        this.images = images;
        this.grid = grid;
        this.top = top;
        this.left = left;
        this.overlap = overlap;
    }

    /** Reads what the kernel sees: tiles that overlap, {@code top} and {@code left} pixels of padding before them. */
    static TileReader ofImages(BlockedImages images, TileGrid grid, int top, int left) {
        return new TileReader(images, grid, top, left, 1);
    }

    /** Reads gradients of results: tiles side by side. */
    static TileReader ofGradients(BlockedImages images, TileGrid grid) {
        return new TileReader(images, grid, 0, 0, 0);
    }

    BlockedImages images() {
        return images;
    }

    TileGrid grid() {
        return grid;
    }

    /** Returns how many values of a row are read at a time. */
    int lineFloats() {
        return Winograd.TILE * (grid.columns() + overlap) * LANES;
    }

    /** Returns how many values of one point there are for as many rows of tiles. */
    int tileFloats(int rows) {
        return (rows + overlap) * rowFloats();
    }

    private int rowFloats() {
        return grid.columns() * LANES;
    }

    /** Transforms rows of tiles of a block of channels; the points are then in the scratch. */
    void read(TileRows rows, int block, TileScratch scratch) {
        load(rows, block, scratch);
        if (overlap == 1) {
            imagePoints(rows.count(), scratch);
        } else {
            gradientPoints(rows.count(), scratch);
        }
    }

    private void imagePoints(int rows, TileScratch scratch) {
        int count = rows * rowFloats();
        for (int r = 0; r < Winograd.TILE; r++) {
            int more = r < Winograd.POINTS - Winograd.TILE ? rowFloats() : 0;
            Winograd.image(scratch.values(r), scratch.half(r), count + more);
        }
        for (int p = 0; p < Winograd.POINTS; p++) {
            float[][] half = scratch.halfOfPoint(p);
            for (int r = Winograd.TILE; r < Winograd.POINTS; r++) {
                System.arraycopy(half[r - Winograd.TILE], rowFloats(), half[r], 0, count);
            }
            Winograd.image(half, scratch.pointsOfColumn(p), count);
        }
    }

    private void gradientPoints(int rows, TileScratch scratch) {
        int count = rows * rowFloats();
        for (int r = 0; r < Winograd.TILE; r++) {
            Winograd.resultGradient(scratch.values(r), scratch.half(r), count);
        }
        for (int p = 0; p < Winograd.POINTS; p++) {
            Winograd.resultGradient(scratch.halfOfPoint(p), scratch.pointsOfColumn(p), count);
        }
    }

    /** Copies the points from the scratch to where products are made of them. */
    void store(TileRows rows, int block, TileScratch scratch, int tiles, FloatBuffer points) {
        float[][] from = scratch.points();
        for (int p = 0; p < from.length; p++) {
            int to = ((p * images.blocks() + block) * tiles + rows.before() * grid.columns()) * LANES;
            points.put(to, from[p], 0, rows.count() * rowFloats());
        }
    }

    /** Clears the points of rows that a chunk does not have. */
    void clear(int rows, int block, int tiles, FloatBuffer points) {
        for (int p = 0; p < Winograd.POINTS * Winograd.POINTS; p++) {
            int start = (p * images.blocks() + block) * tiles;
            for (int i = (start + rows * grid.columns()) * LANES; i < (start + tiles) * LANES; i++) {
                points.put(i, 0);
            }
        }
    }

    private void load(TileRows rows, int block, TileScratch scratch) {
        float[] line = scratch.line();
        int end = lineFloats();
        int stop = Math.min(end, (left + images.width()) * LANES);
        Arrays.fill(line, 0, left * LANES, 0);
        Arrays.fill(line, stop, end, 0);
        int lines = Winograd.TILE * rows.count() + (Winograd.POINTS - Winograd.TILE) * overlap;
        for (int k = 0; k < lines; k++) {
            int row = Winograd.TILE * rows.first() + k - top;
            float[][] values = scratch.values(k % Winograd.TILE);
            int to = k / Winograd.TILE * rowFloats();
            if (row < 0 || row >= images.height()) {
                for (float[] value : values) {
                    Arrays.fill(value, to, to + rowFloats(), 0);
                }
            } else {
                images.read(rows.image(), block, row, line, left * LANES);
                for (int c = 0; c < (overlap == 1 ? Winograd.POINTS : Winograd.TILE); c++) {
                    gather(line, c * LANES, values[c], to);
                }
            }
        }
    }

    private void gather(float[] line, int from, float[] value, int to) {
        for (int t = 0; t < grid.columns(); t++) {
            System.arraycopy(line, from + t * Winograd.TILE * LANES, value, to + t * LANES, LANES);
        }
    }
}
