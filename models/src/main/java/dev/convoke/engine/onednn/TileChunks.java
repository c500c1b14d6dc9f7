package dev.convoke.engine.onednn;

/**
 * The rows of tiles of a minibatch, cut into chunks that are multiplied at a time.
 *
 * @param rows of tiles in all images
 * @param rowsOfChunk rows of tiles of a chunk; the last may have fewer
 * @param columns tiles of a row
 */
record TileChunks(int rows, int rowsOfChunk, int columns) {

    /** Cuts a minibatch into chunks of about as many tiles, and not fewer than there are threads. */
    static TileChunks of(TileGrid grid, int batch, int tiles, int threads) {
        int rows = batch * grid.rows();
        int wanted = Math.max(1, tiles / grid.columns());
        int count = Math.max(threads, (rows + wanted - 1) / wanted);
        return new TileChunks(rows, (rows + count - 1) / count, grid.columns());
    }

    int count() {
        return (rows + rowsOfChunk - 1) / rowsOfChunk;
    }

    /** Returns how many tiles a whole chunk has. */
    int tiles() {
        return rowsOfChunk * columns;
    }

    /** Starts with a chunk; returns whether it has rows. */
    boolean start(TileRows cursor, int chunk) {
        return cursor.start(chunk * rowsOfChunk, Math.min(rows, (chunk + 1) * rowsOfChunk));
    }
}
