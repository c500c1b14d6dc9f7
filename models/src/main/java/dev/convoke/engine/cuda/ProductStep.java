package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_EPILOGUE;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_TRANSA;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_TRANSB;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmul;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulAlgoGetHeuristic;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescInit;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceInit;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutInit;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.cuda.Product.After;
import java.util.function.LongSupplier;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;

/** One matrix product of a program, by the fastest of cuBLASLt's proposals or by the first. */
final class ProductStep implements Step {

    static final long WORKSPACE = 32L << 20;
    private static final int PROPOSALS = 8;
    private static final int RUNS = 3;

    private final String title;
    private final Device device;
    private final Product product;
    private final Places places;
    private final String what;
    private final cublasLtMatmulDescOpaque_t description = new cublasLtMatmulDescOpaque_t(1);
    private final cublasLtMatrixLayoutOpaque_t left = new cublasLtMatrixLayoutOpaque_t(1);
    private final cublasLtMatrixLayoutOpaque_t right = new cublasLtMatrixLayoutOpaque_t(1);
    private final cublasLtMatrixLayoutOpaque_t result = new cublasLtMatrixLayoutOpaque_t(1);
    private final cublasLtMatmulHeuristicResult_t proposals = new cublasLtMatmulHeuristicResult_t(PROPOSALS);
    private final FloatPointer one = new FloatPointer(new float[] {1});
    private final FloatPointer zero = new FloatPointer(new float[] {0});
    private final int proposed;
    private int chosen = -1;

    /** Where the matrices are; the bias counts only where one is added. */
    record Places(LongSupplier left, LongSupplier right, LongSupplier result, LongSupplier bias, Region workspace) {}

    ProductStep(String title, Device device, Product product, Numerics numerics, Places places) {
        this.title = title;
        this.device = device;
        this.product = product;
        this.places = places;
        this.what = numerics.precision() + " " + product;
        Checks.blas(cublasLtMatmulDescInit(description, numerics.blasCompute(), CUDA_R_32F), title);
        set(CUBLASLT_MATMUL_DESC_TRANSA, product.leftOperation());
        set(CUBLASLT_MATMUL_DESC_TRANSB, product.rightOperation());
        set(CUBLASLT_MATMUL_DESC_EPILOGUE, product.after().epilogue());
        int type = numerics.blasType();
        matrix(left, type, product.rows(), product.inner(), product.leftTransposed());
        matrix(right, type, product.inner(), product.columns(), product.rightTransposed());
        matrix(result, product.floatResult() ? CUDA_R_32F : type, product.rows(), product.columns(), false);
        int count = propose();
        // What is fastest can change from try to try, and the bits with it.
        this.proposed = numerics.exact() ? 1 : count;
    }

    private static void matrix(
            cublasLtMatrixLayoutOpaque_t layout, int type, int rows, int columns, boolean transposed) {
        int high = transposed ? columns : rows;
        int wide = transposed ? rows : columns;
        Checks.blas(cublasLtMatrixLayoutInit(layout, type, high, wide, high), "describing a matrix");
    }

    private void set(int attribute, int value) {
        try (IntPointer holder = new IntPointer(new int[] {value})) {
            Checks.blas(cublasLtMatmulDescSetAttribute(description, attribute, holder, Integer.BYTES), title);
        }
    }

    private int propose() {
        try (cublasLtMatmulPreferenceOpaque_t preference = new cublasLtMatmulPreferenceOpaque_t(1);
                LongPointer most = new LongPointer(new long[] {WORKSPACE});
                // Parts are added in a fixed order, never in the order they come.
                IntPointer schemes = new IntPointer(new int[] {CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE})) {
            Checks.blas(cublasLtMatmulPreferenceInit(preference), title);
            Checks.blas(
                    cublasLtMatmulPreferenceSetAttribute(
                            preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, most, Long.BYTES),
                    title);
            Checks.blas(
                    cublasLtMatmulPreferenceSetAttribute(
                            preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, schemes, Integer.BYTES),
                    title);
            int[] count = new int[1];
            int status = cublasLtMatmulAlgoGetHeuristic(
                    device.blas(), description, left, right, result, result, preference, PROPOSALS, proposals, count);
            if (status != CUBLAS_STATUS_SUCCESS || count[0] == 0) {
                throw new EngineUnavailableException("cuBLASLt cannot compute " + product + " (status " + status
                        + "): use a newer CUDA, or another precision");
            }
            return count[0];
        }
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public void bind() {
        if (product.after() != After.NOTHING) {
            try (LongPointer bias = new LongPointer(new long[] {places.bias().getAsLong()})) {
                Checks.blas(
                        cublasLtMatmulDescSetAttribute(
                                description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias, Long.BYTES),
                        title);
            }
        }
        if (chosen < 0) {
            choose();
        }
    }

    /** Tries the proposals in the memory of the program, before anything stands there, unless the best is known. */
    private void choose() {
        if (proposed == 1) {
            chosen = 0;
            return;
        }
        int known = device.tuned().known(what).orElse(Tuned.NONE);
        if (known >= 0 && known < proposed && multiply(known) == CUBLAS_STATUS_SUCCESS) {
            chosen = known;
            return;
        }
        float least = Float.MAX_VALUE;
        for (int i = 0; i < proposed; i++) {
            int proposal = i;
            if (multiply(proposal) != CUBLAS_STATUS_SUCCESS) {
                continue;
            }
            float milliseconds = device.milliseconds(() -> Checks.blas(multiply(proposal), title), RUNS);
            if (milliseconds < least) {
                least = milliseconds;
                chosen = proposal;
            }
        }
        if (chosen < 0) {
            throw new EngineUnavailableException("cuBLASLt cannot compute " + product + " after all: use a newer CUDA");
        }
        device.tuned().remember(what, chosen);
    }

    private int multiply(int proposal) {
        return cublasLtMatmul(
                device.blas(),
                description,
                one,
                new Address(places.left().getAsLong()),
                left,
                new Address(places.right().getAsLong()),
                right,
                zero,
                new Address(places.result().getAsLong()),
                result,
                new Address(places.result().getAsLong()),
                result,
                proposals.getPointer(proposal).algo(),
                new Address(places.workspace().address()),
                WORKSPACE,
                device.stream());
    }

    @Override
    public void run() {
        Checks.blas(multiply(chosen), title);
    }

    @Override
    public void close() {
        description.close();
        left.close();
        right.close();
        result.close();
        proposals.close();
        one.close();
        zero.close();
    }
}
