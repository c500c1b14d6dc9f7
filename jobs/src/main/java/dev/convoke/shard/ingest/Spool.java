package dev.convoke.shard.ingest;

import dev.convoke.data.ImageLimits;
import dev.convoke.storage.DurableOutput;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Images taken out of a stream, one after the other in a few temporary files. Not thread-safe. */
public final class Spool implements AutoCloseable {

    private static final long PIECE_BYTES = 256L << 20;

    private final FileStore store;
    private final Location folder;
    private final byte[] chunk = new byte[1 << 16];
    private @Nullable DurableOutput out;
    private Location piece;
    private int pieces;

    /** Describes a spool in a folder; creates nothing yet. */
    public Spool(FileStore store, Location folder) {
        this.store = store;
        this.folder = folder;
        this.piece = folder;
    }

    /**
     * Copies the next {@code length} bytes, unless they are more than an image may have: then they are left, and the
     * image's bytes are nowhere.
     */
    SourceImage copy(String path, long length, InputStream in) throws IOException {
        if (length > ImageLimits.DEFAULT.bytes()) {
            return new SourceImage(path, piece.uri(), 0, length);
        }
        DurableOutput target = output();
        long offset = target.position();
        for (long left = length; left > 0; ) {
            int read = in.read(chunk, 0, (int) Math.min(chunk.length, left));
            if (read < 0) {
                throw new EOFException("ends within " + path);
            }
            write(target, read);
            left -= read;
        }
        return new SourceImage(path, piece.uri(), offset, length);
    }

    /** What fails here is the storage below the spool, not the stream that is copied. */
    private void write(DurableOutput target, int count) {
        try {
            target.write(chunk, 0, count);
        } catch (IOException e) {
            throw new StorageException(
                    "Cannot write " + piece + " (" + e.getMessage() + "): look at the storage, then shard again", e);
        }
    }

    private DurableOutput output() throws IOException {
        DurableOutput current = out;
        if (current != null && current.position() < PIECE_BYTES) {
            return current;
        }
        close();
        piece = folder.child("piece-" + pieces++);
        DurableOutput next = store.create(piece);
        out = next;
        return next;
    }

    @Override
    public void close() throws IOException {
        OutputStream current = out;
        out = null;
        if (current != null) {
            current.close();
        }
    }
}
