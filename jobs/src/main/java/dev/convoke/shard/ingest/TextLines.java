package dev.convoke.shard.ingest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Lines of UTF-8 text. Each is decoded by itself, so that what is no UTF-8 is told by its line and not by the part of
 * the file that a decoder happens to hold. Memory is bounded by the longest line allowed. Not thread-safe.
 */
final class TextLines {

    private static final int LONGEST = 1 << 20;
    private static final int NOTHING = -2;

    private final InputStream in;
    private long number;
    private int pending = NOTHING;

    /** Reads from a stream, which the caller closes. */
    TextLines(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /**
     * Returns the next line without what ends it, or null behind the last one.
     *
     * @throws CharacterCodingException if it is no UTF-8, or no text: longer than a million bytes
     */
    @Nullable
    String next() throws IOException {
        int first = read();
        if (first < 0) {
            return null;
        }
        number++;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int value = first; value >= 0 && value != '\n'; value = read()) {
            if (value == '\r') {
                int after = read();
                pending = after == '\n' ? NOTHING : after;
                break;
            }
            line.write(value);
            if (line.size() > LONGEST) {
                throw new CharacterCodingException();
            }
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(line.toByteArray()))
                .toString();
    }

    private int read() throws IOException {
        int value = pending == NOTHING ? in.read() : pending;
        pending = NOTHING;
        return value;
    }

    /** Returns the number of the line that was asked for last, from 1. */
    long number() {
        return number;
    }
}
