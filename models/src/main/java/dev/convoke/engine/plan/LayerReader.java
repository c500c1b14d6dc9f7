package dev.convoke.engine.plan;

import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.GlobalPool;
import dev.convoke.engine.plan.Operation.Pool;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Reads one DL4J layer as an operation, or says why it cannot. */
final class LayerReader {

    private final String name;
    private final Layer layer;

    LayerReader(String name, Layer layer) {
        this.name = name;
        this.layer = layer;
    }

    /** Returns the error that names a layer and says why it cannot be computed. */
    static IllegalArgumentException refused(String name, Object layer, String reason) {
        return new IllegalArgumentException(
                "Layer '" + name + "' of type " + layer.getClass().getSimpleName() + " cannot be compiled: " + reason);
    }

    Convolution convolution(ConvolutionLayer convolution) {
        require(convolution.getCnn2dDataFormat() == CNN2DFormat.NCHW, "its images are not channels first");
        require(convolution.getDilation()[0] == 1 && convolution.getDilation()[1] == 1, "it is dilated");
        Window window = window(
                convolution.getKernelSize(),
                convolution.getStride(),
                convolution.getPadding(),
                convolution.getConvolutionMode());
        return new Convolution(
                Math.toIntExact(convolution.getNOut()),
                window,
                convolution.hasBias(),
                relu(convolution.getActivationFn()),
                false);
    }

    Dense dense(DenseLayer dense) {
        return new Dense(Math.toIntExact(dense.getNOut()), dense.hasBias(), relu(dense.getActivationFn()));
    }

    BatchNorm batchNorm(BatchNormalization norm) {
        require(norm.getCnn2DFormat() == CNN2DFormat.NCHW, "its images are not channels first");
        require(norm.isMinibatch(), "its statistics are not those of a minibatch");
        return new BatchNorm(norm.getEps(), norm.getDecay(), false);
    }

    Pool pool(SubsamplingLayer pool) {
        require(pool.getCnn2dDataFormat() == CNN2DFormat.NCHW, "its images are not channels first");
        require(pool.getDilation()[0] == 1 && pool.getDilation()[1] == 1, "it is dilated");
        boolean largest = pool.getPoolingType() == PoolingType.MAX;
        require(largest || pool.getPoolingType() == PoolingType.AVG, "it pools by " + pool.getPoolingType());
        Window window = window(pool.getKernelSize(), pool.getStride(), pool.getPadding(), pool.getConvolutionMode());
        boolean padded = pool.getConvolutionMode() == ConvolutionMode.Same
                || pool.getPadding()[0] > 0
                || pool.getPadding()[1] > 0;
        require(largest || !padded || !pool.isAvgPoolIncludePadInDivisor(), "it counts padding in the mean");
        return new Pool(window, largest, false);
    }

    GlobalPool globalPool(GlobalPoolingLayer pool) {
        boolean largest = pool.getPoolingType() == PoolingType.MAX;
        require(largest || pool.getPoolingType() == PoolingType.AVG, "it pools by " + pool.getPoolingType());
        int[] dimensions = pool.getPoolingDimensions();
        boolean wholeImage = dimensions == null || Arrays.equals(dimensions, new int[] {2, 3});
        require(pool.isCollapseDimensions() && wholeImage, "it pools other dimensions than rows and columns");
        return new GlobalPool(largest);
    }

    /** Returns whether the activation is a ReLU; the only other one it knows is none at all. */
    boolean relu(IActivation activation) {
        if (activation instanceof ActivationReLU) {
            return true;
        }
        requireIdentity(activation);
        return false;
    }

    void requireIdentity(IActivation activation) {
        require(
                activation instanceof ActivationIdentity,
                "its activation is " + activation + ", and only ReLU and none can be computed");
    }

    void requireSoftmaxCrossEntropy(OutputLayer output) {
        require(
                output.getActivationFn() instanceof ActivationSoftmax
                        && output.getLossFn() instanceof LossMCXENT loss
                        && loss.getWeights() == null,
                "an output must be a softmax under unweighted multi-class cross-entropy");
    }

    double retain() {
        if (layer.getIDropout() instanceof Dropout dropout && dropout.getPSchedule() == null) {
            return dropout.getP();
        }
        throw refused(name, layer, "its dropout is not DL4J's plain one");
    }

    private Window window(int[] kernel, int[] stride, int[] padding, ConvolutionMode mode) {
        require(
                mode == ConvolutionMode.Same || mode == ConvolutionMode.Truncate || mode == ConvolutionMode.Strict,
                "its padding mode is " + mode);
        boolean same = mode == ConvolutionMode.Same;
        return new Window(
                new Axis(kernel[0], stride[0], padding[0], same), new Axis(kernel[1], stride[1], padding[1], same));
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw refused(name, layer, otherwise);
        }
    }
}
