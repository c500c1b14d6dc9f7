package dev.convoke.shard.ingest;

import java.io.Serializable;

/**
 * One input that may become an example: where its bytes are, and what it is called. Nothing has looked at the bytes.
 *
 * @param path its name within the source, with slashes; names it in the dataset, in messages and in the quarantine
 * @param file address of the file that holds the bytes
 * @param offset of its first byte in the file
 * @param length in bytes
 */
public record SourceImage(String path, String file, long offset, long length) implements Serializable {

    private static final long serialVersionUID = 1L;
}
