package dev.convoke.models;

import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.distribution.UniformDistribution;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.nn.weights.WeightInitDistribution;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * The pieces the networks are built of, each with Keras' defaults written out. Every method adds one layer, reading
 * from the layer named {@code from}, and returns the new layer's name.
 *
 * <p>What differs between Keras and DL4J, and how it is bridged here, is told in docs/decisions/0001-keras-parity.md.
 */
final class GraphBlocks {

    /** The name of every graph's input. */
    static final String INPUT = "input";

    /** The name of every graph's output layer. */
    static final String OUTPUT = "predictions";

    /** Only so that the updater is complete; each training step brings its own rate. */
    private static final double PLACEHOLDER_LEARNING_RATE = 0.01;

    private static final double MOVING_AVERAGE_DECAY = 0.99;
    private static final double VARIANCE_EPSILON = 1e-3;

    /** ND4J takes a seed of zero for none and starts from the time: the same run would differ each time. */
    private static final long INSTEAD_OF_ZERO = 0x9E3779B97F4A7C15L;

    private final NetworkSpec spec;
    private final long seed;
    private final GraphBuilder graph;
    private final Map<String, Integer> channels = new HashMap<>();
    private boolean dropoutPlaced;

    GraphBlocks(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        this.spec = spec;
        this.seed = seed == 0 ? INSTEAD_OF_ZERO : seed;
        NeuralNetConfiguration.Builder defaults = new NeuralNetConfiguration.Builder()
                .weightInit(WeightInit.XAVIER_UNIFORM)
                .biasInit(0)
                .activation(Activation.IDENTITY)
                .convolutionMode(ConvolutionMode.Truncate)
                .updater(updater(optimizer));
        if (optimizer.weightDecay() > 0) {
            defaults.l2(optimizer.weightDecay());
        }
        if (optimizer.clip() > 0) {
            defaults.gradientNormalization(GradientNormalization.ClipElementWiseAbsoluteValue)
                    .gradientNormalizationThreshold(optimizer.clip());
        }
        ImageShape input = spec.input();
        this.graph = defaults.graphBuilder()
                .addInputs(INPUT)
                .setInputTypes(InputType.convolutional(input.height(), input.width(), input.channels()));
        channels.put(INPUT, input.channels());
    }

    String convolution(String name, String from, Convolution convolution) {
        ConvolutionLayer.Builder layer = new ConvolutionLayer.Builder(convolution.kernel(), convolution.kernel())
                .stride(convolution.stride(), convolution.stride())
                .nOut(convolution.filters())
                .convolutionMode(convolution.padding())
                .activation(convolution.activation())
                .hasBias(convolution.bias());
        if (convolution.stride() > 1) {
            // DL4J divides a convolution's fan-out by its stride squared, Keras does not.
            double limit = glorotLimit(channelsOf(from), convolution.filters(), convolution.kernel());
            layer.weightInit(new WeightInitDistribution(new UniformDistribution(-limit, limit)));
        }
        graph.addLayer(name, layer.build(), from);
        channels.put(name, convolution.filters());
        return name;
    }

    String batchNorm(String name, String from) {
        // DL4J keeps the moving statistics among the gradients: clipping a batch norm would clip them too.
        BatchNormalization layer = new BatchNormalization.Builder()
                .decay(MOVING_AVERAGE_DECAY)
                .eps(VARIANCE_EPSILON)
                .useLogStd(false)
                .gradientNormalization(GradientNormalization.None)
                .build();
        graph.addLayer(name, layer, from);
        return sameChannels(name, from);
    }

    String relu(String name, String from) {
        graph.addLayer(name, new ActivationLayer(Activation.RELU), from);
        return sameChannels(name, from);
    }

    String maxPool(String name, String from, int kernel, int stride, ConvolutionMode padding) {
        return pool(
                name,
                from,
                new SubsamplingLayer.Builder(PoolingType.MAX)
                        .kernelSize(kernel, kernel)
                        .stride(stride, stride)
                        .convolutionMode(padding)
                        .build());
    }

    String averagePool(String name, String from, int kernel) {
        return pool(
                name,
                from,
                new SubsamplingLayer.Builder(PoolingType.AVG)
                        .kernelSize(kernel, kernel)
                        .stride(kernel, kernel)
                        .build());
    }

    String globalAveragePool(String name, String from) {
        graph.addLayer(name, new GlobalPoolingLayer(PoolingType.AVG), from);
        return sameChannels(name, from);
    }

    String add(String name, String left, String right) {
        graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), left, right);
        return sameChannels(name, left);
    }

    String concatenate(String name, String... from) {
        graph.addVertex(name, new MergeVertex(), from);
        int sum = 0;
        for (String one : from) {
            sum += channelsOf(one);
        }
        channels.put(name, sum);
        return name;
    }

    String dense(String name, String from, int units) {
        graph.addLayer(
                name,
                new DenseLayer.Builder().nOut(units).activation(Activation.RELU).build(),
                from);
        channels.put(name, units);
        return name;
    }

    /**
     * Places a dropout layer where the architecture can have one.
     *
     * @param ownRate the share the architecture itself drops; a rate of 0, there or in the spec, adds no layer
     */
    String dropout(String name, String from, double ownRate) {
        dropoutPlaced = true;
        Double asked = spec.dropoutRate();
        double rate = asked == null ? ownRate : asked;
        if (rate == 0) {
            return from;
        }
        graph.addLayer(name, new DropoutLayer.Builder(1 - rate).build(), from);
        return sameChannels(name, from);
    }

    /** Closes the graph with a softmax classifier under cross-entropy. */
    ComputationGraphConfiguration classifier(String from) {
        Double asked = spec.dropoutRate();
        if (asked != null && asked > 0 && !dropoutPlaced) {
            throw new IllegalArgumentException("'" + spec.architecture() + "' has no place for dropout, but a rate of "
                    + asked + " is asked for: leave the dropout rate out, or set it to 0");
        }
        graph.addLayer(
                OUTPUT,
                new OutputLayer.Builder(new LossMCXENT())
                        .nOut(spec.classes())
                        .activation(Activation.SOFTMAX)
                        .build(),
                from);
        return finished(graph.setOutputs(OUTPUT).build());
    }

    /**
     * Adds what DL4J would only at the graph's first use: the order of the layers, and each layer's parameter names,
     * from which its JSON reader tells how a batch norm keeps its variance. Sets the seed here because the builder's
     * own method loads the native library.
     */
    private ComputationGraphConfiguration finished(ComputationGraphConfiguration configuration) {
        configuration.getDefaultConfiguration().setSeed(seed);
        for (GraphVertex vertex : configuration.getVertices().values()) {
            if (vertex instanceof LayerVertex layer) {
                NeuralNetConfiguration conf = layer.getLayerConf();
                conf.setSeed(seed);
                conf.getLayer().initializer().paramKeys(conf.getLayer()).forEach(conf::addVariable);
            }
        }
        new ComputationGraph(configuration).calculateIndices();
        return configuration;
    }

    private String pool(String name, String from, SubsamplingLayer layer) {
        graph.addLayer(name, layer, from);
        return sameChannels(name, from);
    }

    private String sameChannels(String name, String from) {
        channels.put(name, channelsOf(from));
        return name;
    }

    private int channelsOf(String name) {
        Integer count = channels.get(name);
        if (count == null) {
            throw new IllegalArgumentException("No layer '" + name + "' in this graph yet: add it before its readers");
        }
        return count;
    }

    private static double glorotLimit(int inputs, int outputs, int kernel) {
        return Math.sqrt(6.0 / ((double) kernel * kernel * (inputs + outputs)));
    }

    private static IUpdater updater(OptimizerSpec optimizer) {
        return optimizer.momentum() > 0
                ? new Nesterovs(PLACEHOLDER_LEARNING_RATE, optimizer.momentum())
                : new Sgd(PLACEHOLDER_LEARNING_RATE);
    }
}
