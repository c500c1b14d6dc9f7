package dev.convoke.shard;

/**
 * One row of a shard.
 *
 * @param path where the image came from; unique within the dataset
 * @param label index of its class
 * @param className name of its class
 * @param width of the upright image in pixels
 * @param height of the upright image in pixels
 * @param sha256 digest of {@code encoded}, lower-case hexadecimal
 * @param encoded the JPEG or PNG file; read, not retained beyond the row group
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy per row would double the writer's work
public record ShardRow(
        String path, int label, String className, int width, int height, String sha256, byte[] encoded) {}
