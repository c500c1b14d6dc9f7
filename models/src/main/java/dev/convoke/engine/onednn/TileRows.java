package dev.convoke.engine.onednn;

/** Rows of tiles of one image that are worked on at a time; moves on without allocating. */
final class TileRows {

    private final int rowsOfImage;
    private final int most;
    private int image;
    private int first;
    private int count;
    private int before;
    private int left;

    /**
     * Creates a cursor.
     *
     * @param most rows at a time
     */
    TileRows(int rowsOfImage, int most) {
        this.rowsOfImage = rowsOfImage;
        this.most = most;
    }

    /** Starts with the rows {@code from} to {@code to}, counted through all images. */
    boolean start(int from, int to) {
        left = to - from;
        before = 0;
        image = from / rowsOfImage;
        first = from % rowsOfImage;
        take();
        return count > 0;
    }

    /** Goes on to the next rows, if there are any. */
    boolean next() {
        left -= count;
        before += count;
        first += count;
        if (first == rowsOfImage) {
            image++;
            first = 0;
        }
        take();
        return count > 0;
    }

    private void take() {
        count = Math.min(most, Math.min(left, rowsOfImage - first));
    }

    int image() {
        return image;
    }

    /** Returns the first row of tiles within its image. */
    int first() {
        return first;
    }

    /** Returns how many rows of tiles there are. */
    int count() {
        return count;
    }

    /** Returns how many rows of tiles were before these since the start. */
    int before() {
        return before;
    }
}
