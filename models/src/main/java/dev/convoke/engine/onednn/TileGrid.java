package dev.convoke.engine.onednn;

/** How many tiles cover the result of a convolution, along its rows and along its columns. */
record TileGrid(int rows, int columns) {

    static TileGrid of(BlockedImages results) {
        return of(results.height(), results.width());
    }

    static TileGrid of(long height, long width) {
        return new TileGrid(tiles(height), tiles(width));
    }

    private static int tiles(long size) {
        return Math.toIntExact((size + Winograd.TILE - 1) / Winograd.TILE);
    }
}
