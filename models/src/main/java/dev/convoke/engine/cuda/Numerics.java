package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_TF32;
import static org.bytedeco.cuda.global.cudart.CUDA_R_16BF;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_BFLOAT16;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;

import dev.convoke.engine.Engine.Precision;

/**
 * How a replica computes.
 *
 * @param precision of activations and gradients; sums, statistics and parameters are float32 in all
 * @param exact whether the same step must give the same bits each time
 */
record Numerics(Precision precision, boolean exact) {

    /** Returns the bytes of one activation. */
    int valueBytes() {
        return precision == Precision.BFLOAT16 ? Short.BYTES : Float.BYTES;
    }

    /** Returns whether inputs may be rounded to what tensor cores take. */
    boolean usesTensorCores() {
        return precision != Precision.FLOAT32;
    }

    /** Returns how many activations one access of 16 bytes holds. */
    int vector() {
        return Kernels.ACCESS_BYTES / valueBytes();
    }

    int dnnType() {
        return precision == Precision.BFLOAT16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    }

    int blasType() {
        return precision == Precision.BFLOAT16 ? CUDA_R_16BF : CUDA_R_32F;
    }

    int blasCompute() {
        return precision == Precision.TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    }
}
