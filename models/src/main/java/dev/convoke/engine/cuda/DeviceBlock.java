package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemset;

import org.bytedeco.javacpp.Pointer;

/** Zeroed memory of the GPU. */
final class DeviceBlock implements AutoCloseable {

    private final Pointer allocated = new Pointer();
    private final long bytes;

    DeviceBlock(long bytes) {
        this.bytes = bytes;
        Checks.runtime(cudaMalloc(allocated, Math.max(bytes, 1)), "allocating " + bytes + " bytes");
        Checks.runtime(cudaMemset(allocated, 0, Math.max(bytes, 1)), "clearing " + bytes + " bytes");
    }

    long bytes() {
        return bytes;
    }

    /** Returns the address of a byte. */
    long at(long offset) {
        return allocated.address() + offset;
    }

    /** Frees the memory; a GPU that has failed frees it by itself. */
    @Override
    public void close() {
        cudaFree(allocated);
    }
}
