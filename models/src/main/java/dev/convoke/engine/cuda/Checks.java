package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.cuGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaErrorMemoryAllocation;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cudnn.cudnnGetErrorString;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Turns the status of a library's call into an error that says what was being done and what to do about it. */
final class Checks {

    private Checks() {}

    static void runtime(int status, String doing) {
        if (status == cudaErrorMemoryAllocation) {
            throw new GpuFailureException("The GPU is out of memory " + doing + ": use smaller minibatches, or a GPU"
                    + " that nothing else computes on");
        }
        if (status != cudaSuccess) {
            throw failure("CUDA", doing, cudaGetErrorString(status).getString(), status);
        }
    }

    static void driver(int status, String doing) {
        if (status != CUDA_SUCCESS) {
            try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
                cuGetErrorString(status, text);
                BytePointer known = text.get(BytePointer.class, 0);
                throw failure("The CUDA driver", doing, known == null ? "an unknown error" : known.getString(), status);
            }
        }
    }

    static void dnn(int status, String doing) {
        if (status != CUDNN_STATUS_SUCCESS) {
            throw failure("cuDNN", doing, cudnnGetErrorString(status).getString(), status);
        }
    }

    static void blas(int status, String doing) {
        if (status != CUBLAS_STATUS_SUCCESS) {
            throw failure(
                    "cuBLASLt", doing, cublas.cublasLtGetStatusString(status).getString(), status);
        }
    }

    private static GpuFailureException failure(String library, String doing, String text, int status) {
        return new GpuFailureException(library + " failed " + doing + ": " + text + " (" + status + "); Spark tries the"
                + " task again, where it can on another GPU; look at nvidia-smi and the system log of this node");
    }
}
