package dev.convoke.engine.onednn;

import java.util.Arrays;

/**
 * The arrays in which one thread transforms tiles: each holds one value of every tile, a vector of channels at a time.
 * What a method returns for one axis are the same arrays as for the other.
 */
final class TileScratch {

    private float[] line = new float[0];
    private float[][][] valuesByRow = new float[0][][];
    private float[][][] halfByRow = new float[0][][];
    private float[][][] halfByPoint = new float[0][][];
    private float[][] points = new float[0][];
    private float[][][] pointsByColumn = new float[0][][];
    private int room;

    /**
     * Makes the arrays large enough.
     *
     * @param lineFloats of a row of an image, padding included
     * @param tileFloats of one value of all tiles at a time
     */
    void reserve(int lineFloats, int tileFloats) {
        if (line.length < lineFloats) {
            line = new float[lineFloats];
        }
        if (room < tileFloats) {
            room = tileFloats;
            valuesByRow = new float[Winograd.TILE][Winograd.POINTS][room];
            halfByPoint = new float[Winograd.POINTS][Winograd.POINTS][room];
            halfByRow = turned(halfByPoint);
            float[][][] pointsByRow = new float[Winograd.POINTS][Winograd.POINTS][room];
            pointsByColumn = turned(pointsByRow);
            points = rowByRow(pointsByRow);
        }
    }

    /** Returns the arrays of all rows in one row. */
    static float[][] rowByRow(float[][][] arrays) {
        return Arrays.stream(arrays).flatMap(Arrays::stream).toArray(float[][]::new);
    }

    /** Returns the same arrays with rows for columns. */
    static float[][][] turned(float[][][] arrays) {
        float[][][] turned = new float[arrays[0].length][arrays.length][];
        for (int i = 0; i < arrays.length; i++) {
            for (int j = 0; j < arrays[0].length; j++) {
                turned[j][i] = arrays[i][j];
            }
        }
        return turned;
    }

    /** Returns a row of an image. */
    float[] line() {
        return line;
    }

    /** Returns the values of a tile's row, by column; the last two are of the next tile. */
    float[][] values(int row) {
        return valuesByRow[row];
    }

    /** Returns the points along columns of a tile's row. */
    float[][] half(int row) {
        return halfByRow[row];
    }

    /** Returns a point along columns, by the tile's row; the last two are of the next tile. */
    float[][] halfOfPoint(int column) {
        return halfByPoint[column];
    }

    /** Returns the points along rows of a point along columns. */
    float[][] pointsOfColumn(int column) {
        return pointsByColumn[column];
    }

    /** Returns all points, row by row. */
    float[][] points() {
        return points;
    }
}
