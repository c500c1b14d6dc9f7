package dev.convoke.checkpoint;

import java.io.Serializable;

/**
 * One slice of the state vector in a checkpoint.
 *
 * @param file its name in the checkpoint's folder
 * @param offset its first value in the state vector
 * @param length how many float32 values it has, stored little-endian
 * @param sha256 digest of the file, lower-case hexadecimal
 */
public record SliceEntry(String file, int offset, int length, String sha256) implements Serializable {}
