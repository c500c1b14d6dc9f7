package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_COMP_TYPE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_CONV_MODE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_DILATIONS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_POST_PADDINGS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATIONGRAPH_HANDLE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATIONGRAPH_OPS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_POINTWISE_BDESC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_POINTWISE_XDESC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_OPERATION_POINTWISE_YDESC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_POINTWISE_MATH_PREC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_POINTWISE_MODE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_TENSOR_DATA_TYPE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_TENSOR_DIMENSIONS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_TENSOR_IS_VIRTUAL;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_TENSOR_STRIDES;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_TENSOR_UNIQUE_ID;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_POINTWISE_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_TENSOR_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_CROSS_CORRELATION;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_POINTWISE_ADD;
import static org.bytedeco.cuda.global.cudnn.CUDNN_POINTWISE_RELU_FWD;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_CONVOLUTION_MODE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_DATA_TYPE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_POINTWISE_MODE;

import dev.convoke.engine.cuda.ConvolutionShape.Pass;
import dev.convoke.engine.cuda.ConvolutionShape.Plane;
import dev.convoke.engine.cuda.ConvolutionShape.Sliding;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnContext;

/**
 * A convolution, and what follows it in the same pass over memory, as cuDNN's backend describes it. The arrays are told
 * apart by numbers.
 */
final class ConvolutionGraph implements AutoCloseable {

    static final long IMAGES = 1;
    static final long WEIGHTS = 2;
    static final long RESULT = 3;
    static final long BIAS = 4;
    static final long RESIDUAL = 5;
    private static final long FIRST_VIRTUAL = 10;
    private static final int ALIGNMENT = 16;

    private final List<Descriptor> owned = new ArrayList<>();
    private final List<Descriptor> operations = new ArrayList<>();
    private final ConvolutionShape shape;
    private final int type;
    private long virtuals = FIRST_VIRTUAL;

    private ConvolutionGraph(ConvolutionShape shape, int type) {
        this.shape = shape;
        this.type = type;
    }

    /**
     * Describes.
     *
     * @param type cuDNN's number for the format of activations
     */
    static ConvolutionGraph of(ConvolutionShape shape, int type) {
        ConvolutionGraph graph = new ConvolutionGraph(shape, type);
        try {
            graph.build();
            return graph;
        } catch (RuntimeException failed) {
            graph.close();
            throw failed;
        }
    }

    /** Returns the finished graph of operations. */
    Descriptor operations(cudnnContext dnn) {
        return own(new Descriptor(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, "a graph of " + shape))
                .library(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, dnn)
                .parts(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations)
                .finished();
    }

    private void build() {
        Descriptor images = plane(IMAGES, shape.input(), type, false);
        Descriptor weights = weights();
        boolean isForward = shape.pass() == Pass.FORWARD;
        boolean isLast = !isForward || shape.after().equals(ConvolutionShape.Epilogue.NONE);
        Descriptor result = isLast ? plane(RESULT, shape.output(), type, false) : between();
        operations.add(product(images, weights, result));
        if (isLast) {
            return;
        }
        List<Descriptor> added = new ArrayList<>();
        if (shape.after().bias()) {
            added.add(bias());
        }
        if (shape.after().residualPitch() > 0) {
            Plane y = shape.output();
            added.add(plane(
                    RESIDUAL,
                    new Plane(y.channels(), y.height(), y.width(), shape.after().residualPitch()),
                    type,
                    false));
        }
        Descriptor last = result;
        for (int i = 0; i < added.size(); i++) {
            boolean ends = i == added.size() - 1 && !shape.after().relu();
            Descriptor sum = ends ? plane(RESULT, shape.output(), type, false) : between();
            operations.add(pointwise(CUDNN_POINTWISE_ADD, last, sum)
                    .part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, added.get(i))
                    .finished());
            last = sum;
        }
        if (shape.after().relu()) {
            Descriptor end = plane(RESULT, shape.output(), type, false);
            operations.add(pointwise(CUDNN_POINTWISE_RELU_FWD, last, end).finished());
        }
    }

    private Descriptor product(Descriptor images, Descriptor weights, Descriptor result) {
        Descriptor sliding = sliding();
        return switch (shape.pass()) {
            case FORWARD ->
                own(new Descriptor(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, "a convolution"))
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, sliding)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, images)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, weights)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, result)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0)
                        .finished();
            case DATA_GRADIENT ->
                own(new Descriptor(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, "a data gradient"))
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, sliding)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, images)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, weights)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, result)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0)
                        .finished();
            case WEIGHT_GRADIENT ->
                own(new Descriptor(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, "a weight gradient"))
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, sliding)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, images)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, weights)
                        .part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, result)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, 1)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, 0)
                        .finished();
        };
    }

    private Descriptor sliding() {
        Sliding window = shape.window();
        return own(new Descriptor(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, "a window"))
                .choice(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT)
                .choice(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_CROSS_CORRELATION)
                .longs(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2)
                .longs(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, window.top(), window.left())
                .longs(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, window.top(), window.left())
                .longs(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, window.strideRows(), window.strideColumns())
                .longs(CUDNN_ATTR_CONVOLUTION_DILATIONS, 1, 1)
                .finished();
    }

    private Descriptor pointwise(int mode, Descriptor from, Descriptor to) {
        Descriptor what = own(new Descriptor(CUDNN_BACKEND_POINTWISE_DESCRIPTOR, "an elementwise function"))
                .choice(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, mode)
                .choice(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT)
                .finished();
        return own(new Descriptor(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, "an elementwise operation"))
                .part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, what)
                .part(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, from)
                .part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, to);
    }

    private Descriptor weights() {
        long channels = shape.input().channels();
        long rows = shape.window().rows();
        long columns = shape.window().columns();
        long[] dimensions = {shape.output().channels(), channels, rows, columns};
        long[] strides = {rows * columns * channels, 1, columns * channels, channels};
        return tensor(WEIGHTS, dimensions, strides, type, false);
    }

    private Descriptor bias() {
        long channels = shape.output().channels();
        return tensor(BIAS, new long[] {1, channels, 1, 1}, new long[] {channels, 1, channels, channels}, type, false);
    }

    private Descriptor between() {
        Plane y = shape.output();
        return plane(virtuals++, new Plane(y.channels(), y.height(), y.width(), y.channels()), CUDNN_DATA_FLOAT, true);
    }

    private Descriptor plane(long number, Plane plane, int format, boolean isVirtual) {
        long pitch = plane.pitch();
        long[] dimensions = {shape.batch(), plane.channels(), plane.height(), plane.width()};
        long[] strides = {pitch * plane.height() * plane.width(), 1, pitch * plane.width(), pitch};
        return tensor(number, dimensions, strides, format, isVirtual);
    }

    private Descriptor tensor(long number, long[] dimensions, long[] strides, int format, boolean isVirtual) {
        return own(new Descriptor(CUDNN_BACKEND_TENSOR_DESCRIPTOR, "an array"))
                .choice(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, format)
                .longs(CUDNN_ATTR_TENSOR_DIMENSIONS, dimensions)
                .longs(CUDNN_ATTR_TENSOR_STRIDES, strides)
                .longs(CUDNN_ATTR_TENSOR_UNIQUE_ID, number)
                .longs(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, ALIGNMENT)
                .flag(CUDNN_ATTR_TENSOR_IS_VIRTUAL, isVirtual)
                .finished();
    }

    private Descriptor own(Descriptor descriptor) {
        owned.add(descriptor);
        return descriptor;
    }

    @Override
    public void close() {
        for (int i = owned.size() - 1; i >= 0; i--) {
            owned.get(i).close();
        }
    }
}
