package dev.convoke.storage;

import java.io.IOException;
import java.io.InputStream;

/** A stream that can be read from any position. Not thread-safe. */
public abstract class SeekableInput extends InputStream {

    /** Returns the position of the next byte. */
    public abstract long position() throws IOException;

    /** Moves to a position between 0 and {@link #length()}. */
    public abstract void seek(long position) throws IOException;

    /** Returns the length of the file in bytes when it was opened. */
    public abstract long length();
}
