package dev.convoke.engine.plan;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.StateLayouts;
import dev.convoke.engine.plan.Graph.Vertex;
import dev.convoke.engine.plan.Operation.Addition;
import dev.convoke.engine.plan.Operation.Classifier;
import dev.convoke.engine.plan.Operation.Concatenation;
import dev.convoke.engine.plan.Operation.Dense;
import dev.convoke.engine.plan.Operation.Dropout;
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Operation.Relu;
import dev.convoke.models.LayerRates;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;

/** Reads a DL4J configuration as operations. Every layer is understood completely or refused by name. */
public final class GraphReader {

    private final ComputationGraphConfiguration configuration;
    private final ParameterReader parameters;
    private final List<Vertex> vertices = new ArrayList<>();
    private final Map<String, Integer> places = new HashMap<>();
    private int dropouts;

    private GraphReader(ComputationGraphConfiguration configuration, LayerRates rates) {
        this.configuration = configuration;
        this.parameters = new ParameterReader(
                StateLayouts.of(configuration), rates.byLayer(StateLayouts.topologicalOrder(configuration)));
    }

    /**
     * Reads a graph whose layers all learn alike.
     *
     * @throws EngineUnavailableException if a layer is of a kind no plan can hold; the message names it and says why
     */
    public static Graph read(ComputationGraphConfiguration configuration) {
        return read(configuration, LayerRates.SAME);
    }

    /**
     * Reads a graph.
     *
     * @param rates how fast each layer learns
     * @throws EngineUnavailableException if a layer is of a kind no plan can hold; the message names it and says why
     */
    public static Graph read(ComputationGraphConfiguration configuration, LayerRates rates) {
        try {
            return new GraphReader(configuration, rates).read();
        } catch (IllegalArgumentException e) {
            throw new EngineUnavailableException(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private Graph read() {
        List<String> inputs = configuration.getNetworkInputs();
        List<String> outputs = configuration.getNetworkOutputs();
        if (inputs.size() != 1 || outputs.size() != 1) {
            throw new IllegalArgumentException("A plan has one input and one output, this graph " + inputs + " and "
                    + outputs + ": change the graph");
        }
        places.put(inputs.get(0), add(inputs.get(0), new Input(), List.of()));
        for (String name : StateLayouts.topologicalOrder(configuration)) {
            GraphVertex vertex = configuration.getVertices().get(name);
            if (vertex != null) {
                places.put(name, read(name, vertex));
            }
        }
        if (!(vertices.get(vertices.size() - 1).operation() instanceof Classifier)) {
            throw new IllegalArgumentException("Layer '" + outputs.get(0)
                    + "' is not the last of the graph: let the softmax classifier be the last and only output");
        }
        return new Graph(vertices, parameters.layout());
    }

    private int read(String name, GraphVertex vertex) {
        List<Integer> inputs = configuration.getVertexInputs().getOrDefault(name, List.of()).stream()
                .map(places::get)
                .toList();
        if (vertex instanceof LayerVertex layerVertex) {
            if (layerVertex.getPreProcessor() != null
                    && !(layerVertex.getPreProcessor() instanceof CnnToFeedForwardPreProcessor)) {
                throw LayerReader.refused(
                        name, layerVertex.getPreProcessor(), "only flattening may stand before a layer");
            }
            Layer layer = layerVertex.getLayerConf().getLayer();
            boolean meanOverBatch = layerVertex.getLayerConf().isMiniBatch();
            if (!meanOverBatch) {
                throw LayerReader.refused(name, layer, "its gradient is a sum and not a mean over the minibatch");
            }
            return readLayer(name, layer, inputs.get(0));
        }
        if (vertex instanceof ElementWiseVertex element && element.getOp() == ElementWiseVertex.Op.Add) {
            int sum = inputs.get(0);
            for (int other : inputs.subList(1, inputs.size())) {
                sum = add(name, new Addition(false), List.of(sum, other));
            }
            return sum;
        }
        if (vertex instanceof MergeVertex merge && merge.getMergeAxis() == 1) {
            return inputs.size() == 1 ? inputs.get(0) : add(name, new Concatenation(), inputs);
        }
        throw LayerReader.refused(name, vertex, "no operation computes it");
    }

    private int readLayer(String name, Layer layer, int from) {
        LayerReader reader = new LayerReader(name, layer);
        int input = from;
        if (layer.getIDropout() != null) {
            // What is frozen computes as in inference; the other dropouts keep their numbers.
            if (parameters.learns(name)) {
                input = add(name, new Dropout(dropouts, reader.retain()), List.of(from));
            }
            dropouts++;
        }
        List<Parameter> own = parameters.of(name, layer);
        // Exactly these classes: a subclass computes something else.
        Class<?> type = layer.getClass();
        if (type == ConvolutionLayer.class) {
            return add(name, reader.convolution((ConvolutionLayer) layer), List.of(input), own);
        }
        if (type == DenseLayer.class) {
            return add(name, reader.dense((DenseLayer) layer), List.of(input), own);
        }
        if (type == BatchNormalization.class) {
            return add(name, reader.batchNorm((BatchNormalization) layer), List.of(input), own);
        }
        if (type == SubsamplingLayer.class) {
            return add(name, reader.pool((SubsamplingLayer) layer), List.of(input));
        }
        if (type == GlobalPoolingLayer.class) {
            return add(name, reader.globalPool((GlobalPoolingLayer) layer), List.of(input));
        }
        if (type == ActivationLayer.class) {
            return reader.relu(((ActivationLayer) layer).getActivationFn())
                    ? add(name, new Relu(), List.of(input))
                    : input;
        }
        if (type == DropoutLayer.class) {
            reader.requireIdentity(((DropoutLayer) layer).getActivationFn());
            return input;
        }
        if (type == OutputLayer.class) {
            OutputLayer output = (OutputLayer) layer;
            reader.requireSoftmaxCrossEntropy(output);
            int logits = add(name, new Dense((int) output.getNOut(), output.hasBias(), false), List.of(input), own);
            return add(name, new Classifier(), List.of(logits));
        }
        throw LayerReader.refused(name, layer, "no operation computes it");
    }

    private int add(String layer, Operation operation, List<Integer> inputs) {
        return add(layer, operation, inputs, List.of());
    }

    private int add(String layer, Operation operation, List<Integer> inputs, List<Parameter> own) {
        vertices.add(new Vertex(layer, operation, List.copyOf(inputs), own));
        return vertices.size() - 1;
    }
}
