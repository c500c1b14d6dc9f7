package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_BIAS;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_RELU_BIAS;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;

/**
 * A product of two matrices that stand column by column, {@code [rows, columns] = left * right}.
 *
 * @param rows of the result
 * @param columns of the result
 * @param inner columns of the left, rows of the right
 * @param leftTransposed whether the left one stands row by row
 * @param rightTransposed whether the right one stands row by row
 * @param floatResult whether the result is float32, else in the format of activations
 * @param after what is done to the result in the same pass
 */
record Product(
        int rows,
        int columns,
        int inner,
        boolean leftTransposed,
        boolean rightTransposed,
        boolean floatResult,
        After after) {

    enum After {
        NOTHING,
        BIAS,
        BIAS_AND_RELU;

        int epilogue() {
            return switch (this) {
                case NOTHING -> CUBLASLT_EPILOGUE_DEFAULT;
                case BIAS -> CUBLASLT_EPILOGUE_BIAS;
                case BIAS_AND_RELU -> CUBLASLT_EPILOGUE_RELU_BIAS;
            };
        }
    }

    int leftOperation() {
        return leftTransposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    }

    int rightOperation() {
        return rightTransposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    }
}
