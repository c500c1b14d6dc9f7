package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cublas.cublasLtCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtGetVersion;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetName;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrMultiProcessorCount;
import static org.bytedeco.cuda.global.cudart.cudaDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cudaEventCreate;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventElapsedTime;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroy;
import static org.bytedeco.cuda.global.cudnn.cudnnGetVersion;
import static org.bytedeco.cuda.global.cudnn.cudnnSetStream;

import dev.convoke.engine.Gpu;
import java.nio.charset.StandardCharsets;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.SizeTPointer;

/** One GPU as one replica uses it: its stream and the libraries' handles. Not thread-safe. */
final class Device implements AutoCloseable {

    private static final int NAME_BYTES = 256;

    private final int index;
    private final CUstream_st stream = new CUstream_st();
    private final cudnnContext dnn = new cudnnContext();
    private final cublasLtContext blas = new cublasLtContext();
    private final CUevent_st before = new CUevent_st();
    private final CUevent_st after = new CUevent_st();
    private final int multiprocessors;
    private final Tuned tuned;

    /** Makes the GPU that of the calling thread. */
    Device(Gpu gpu) {
        this.index = gpu.index();
        use();
        Checks.runtime(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "creating a stream");
        Checks.runtime(cudaEventCreate(before), "creating an event");
        Checks.runtime(cudaEventCreate(after), "creating an event");
        Checks.dnn(cudnnCreate(dnn), "starting");
        Checks.dnn(cudnnSetStream(dnn, stream), "taking a stream");
        Checks.blas(cublasLtCreate(blas), "starting");
        int[] count = new int[1];
        Checks.runtime(
                cudaDeviceGetAttribute(count, cudaDevAttrMultiProcessorCount, gpu.index()),
                "counting its multiprocessors");
        this.multiprocessors = count[0];
        this.tuned = Tuned.open(Tuned.folder(), name(gpu) + " " + cudnnGetVersion() + " " + cublasLtGetVersion());
    }

    /** Makes the GPU that of the calling thread: it is kept by thread. */
    void use() {
        Checks.runtime(cudaSetDevice(index), "choosing GPU " + index);
    }

    /** Does the same before things are freed: a GPU that is lost has nothing to free, and its failure is known. */
    void useForClosing() {
        cudaSetDevice(index);
    }

    private static String name(Gpu gpu) {
        byte[] text = new byte[NAME_BYTES];
        Checks.driver(cuDeviceGetName(text, NAME_BYTES, gpu.index()), "asking for its name");
        return new BytePointer(text).getString(StandardCharsets.UTF_8);
    }

    /** Returns what was fastest on such a GPU before. */
    Tuned tuned() {
        return tuned;
    }

    CUstream_st stream() {
        return stream;
    }

    cudnnContext dnn() {
        return dnn;
    }

    cublasLtContext blas() {
        return blas;
    }

    int multiprocessors() {
        return multiprocessors;
    }

    /** Returns the bytes that can still be allocated. */
    static long freeBytes() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            Checks.runtime(cudaMemGetInfo(free, total), "asking for its free memory");
            return free.get();
        }
    }

    /** Waits until everything on the stream is done, and fails if any of it failed. */
    void finish(String doing) {
        Checks.runtime(cudaStreamSynchronize(stream), doing);
        Checks.runtime(cudaGetLastError(), doing);
    }

    /** Returns the milliseconds that work on the stream takes, the least of some runs after a first one. */
    float milliseconds(Runnable work, int runs) {
        work.run();
        float best = Float.MAX_VALUE;
        float[] elapsed = new float[1];
        for (int i = 0; i < runs; i++) {
            Checks.runtime(cudaEventRecord(before, stream), "taking the time");
            work.run();
            Checks.runtime(cudaEventRecord(after, stream), "taking the time");
            Checks.runtime(cudaEventSynchronize(after), "taking the time");
            Checks.runtime(cudaEventElapsedTime(elapsed, before, after), "taking the time");
            best = Math.min(best, elapsed[0]);
        }
        return best;
    }

    @Override
    public void close() {
        cublasLtDestroy(blas);
        cudnnDestroy(dnn);
        cudaEventDestroy(before);
        cudaEventDestroy(after);
        cudaStreamDestroy(stream);
    }
}
