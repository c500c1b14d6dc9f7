package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** Zeroed native memory of this project's own, at the start of a page. */
final class NativeBlock implements AutoCloseable {

    private static final long PAGE = 4096;

    private final Pointer allocated;
    private final long start;
    private final long bytes;

    NativeBlock(long bytes) {
        this.bytes = bytes;
        this.allocated = Pointer.calloc(bytes + PAGE, 1);
        if (allocated == null || allocated.isNull()) {
            throw new OutOfMemoryError("The system has no " + bytes + " bytes of memory for a replica");
        }
        this.start = (PAGE - allocated.address() % PAGE) % PAGE;
    }

    long bytes() {
        return bytes;
    }

    /** Returns the address of a byte. */
    Pointer at(long offset) {
        return new BytePointer(allocated).getPointer(start + offset);
    }

    @Override
    public void close() {
        Pointer.free(allocated);
    }

    /** Returns the values at an address. */
    static FloatBuffer floats(Pointer address, long count) {
        return new FloatPointer(address).capacity(count).asBuffer();
    }
}
