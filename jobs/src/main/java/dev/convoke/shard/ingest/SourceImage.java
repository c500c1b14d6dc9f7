package dev.convoke.shard.ingest;

import dev.convoke.data.RawPixels;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One input that may become an example: where its bytes are, and what it is called. Nothing has looked at the bytes.
 *
 * @param path its name within the source, with slashes; names it in the dataset, in messages and in the quarantine
 * @param file address of the file that holds the bytes
 * @param offset of its first byte in the file
 * @param length in bytes
 * @param raw how its pixels lie there, or null if the bytes are an encoded image
 */
public record SourceImage(
        String path,
        String file,
        long offset,
        long length,
        @Nullable RawPixels raw) implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Describes an encoded image. */
    public SourceImage(String path, String file, long offset, long length) {
        this(path, file, offset, length, null);
    }
}
