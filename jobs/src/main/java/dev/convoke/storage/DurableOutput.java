package dev.convoke.storage;

import java.io.IOException;
import java.io.OutputStream;

/** A stream whose {@code close} returns only when the bytes are on disk, not merely in a buffer. Not thread-safe. */
public abstract class DurableOutput extends OutputStream {

    /** Returns how many bytes were written so far. */
    public abstract long position() throws IOException;
}
