package dev.convoke.training;

import java.io.Serializable;

/**
 * A contiguous range of the state vector: the unit in which state moves, is averaged and is stored.
 *
 * @param index counts from 0 in the order of the vector
 * @param offset first value
 * @param length how many float32 values
 */
public record Slice(int index, int offset, int length) implements Serializable {

    /** Returns the value after the last one. */
    public int end() {
        return offset + length;
    }
}
