package dev.convoke.engine.dl4j;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.StateLayouts;
import dev.convoke.models.LayerRates;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * A graph prepared for a replica: its own copy of the configuration, with keyed dropout and an observed loss, and with
 * convolutions that fail rather than compute without oneDNN.
 */
final class TrainingGraph {

    private final ComputationGraph graph;
    private final StepKey stepKey = new StepKey();
    private final ObservedLoss loss;
    private final long classes;
    private final Map<String, Double> factors;

    /** Makes a graph that computes with the CPU's oneDNN helpers. */
    static TrainingGraph onOneDnn(ComputationGraphConfiguration original, LayerRates rates) {
        TrainingGraph made = new TrainingGraph(original, rates);
        made.requireHelpers();
        made.freeze();
        return made;
    }

    private TrainingGraph(ComputationGraphConfiguration original, LayerRates rates) {
        this.factors = rates.byLayer(StateLayouts.topologicalOrder(original));
        ComputationGraphConfiguration configuration = ownCopy(original);
        rates(configuration);
        OutputLayer output = outputLayer(configuration);
        this.loss = new ObservedLoss((LossMCXENT) output.getLossFn());
        this.classes = output.getNOut();
        output.setLossFn(loss);
        keyDropout(configuration);
        this.graph = new ComputationGraph(configuration);
        graph.init();
    }

    ComputationGraph graph() {
        return graph;
    }

    StepKey stepKey() {
        return stepKey;
    }

    ObservedLoss loss() {
        return loss;
    }

    long classes() {
        return classes;
    }

    /** Sets the rate where the updaters read it; DL4J's own setter allocates the updater state anew. */
    void setLearningRate(double rate) {
        graph.getUpdater().getUpdaterBlocks().forEach(block -> {
            IUpdater updater = block.getGradientUpdater().getConfig();
            if (updater.hasLearningRate()) {
                // DL4J joins only layers whose updaters are equal: the first speaks for all of a block.
                Trainable first = block.getLayersAndVariablesInBlock().get(0).getLayer();
                updater.setLrAndSchedule(
                        rate * factors.getOrDefault(first.getConfig().getLayerName(), 1.0), null);
            }
        });
    }

    /** DL4J's clone shares updaters with the original and forgets the order of the layers. */
    private static ComputationGraphConfiguration ownCopy(ComputationGraphConfiguration original) {
        ComputationGraphConfiguration copy = original.clone();
        copy.setTopologicalOrder(original.getTopologicalOrder());
        copy.setTopologicalOrderStr(original.getTopologicalOrderStr());
        for (GraphVertex vertex : copy.getVertices().values()) {
            if (vertex instanceof LayerVertex layer && layer.getLayerConf().getLayer() instanceof BaseLayer base) {
                if (base.getIUpdater() != null) {
                    base.setIUpdater(base.getIUpdater().clone());
                }
                if (base.getBiasUpdater() != null) {
                    base.setBiasUpdater(base.getBiasUpdater().clone());
                }
                if (base instanceof ConvolutionLayer convolution) {
                    convolution.setCudnnAllowFallback(false);
                }
            }
        }
        return copy;
    }

    /** Different rates, so that DL4J does not join layers that learn differently; frozen ones do not decay either. */
    private void rates(ComputationGraphConfiguration configuration) {
        configuration.getVertices().forEach((name, vertex) -> {
            double factor = factors.getOrDefault(name, 1.0);
            if (factor != 1
                    && vertex instanceof LayerVertex layer
                    && layer.getLayerConf().getLayer() instanceof BaseLayer base) {
                if (base.getIUpdater() != null && base.getIUpdater().hasLearningRate()) {
                    base.getIUpdater()
                            .setLrAndSchedule(factor * base.getIUpdater().getLearningRate(0, 0), null);
                }
                if (base.getBiasUpdater() != null && base.getBiasUpdater().hasLearningRate()) {
                    base.getBiasUpdater()
                            .setLrAndSchedule(factor * base.getBiasUpdater().getLearningRate(0, 0), null);
                }
            }
        });
    }

    /**
     * What does not learn computes as in inference, and nothing is carried back to it: what DL4J calls a feature
     * extractor. The updater is made first, for all layers, so that the state keeps its layout.
     */
    private void freeze() {
        if (factors.values().stream().noneMatch(factor -> factor == 0)) {
            return;
        }
        graph.initGradientsView();
        graph.getUpdater();
        org.deeplearning4j.nn.graph.vertex.GraphVertex[] vertices = graph.getVertices();
        for (int i = 0; i < vertices.length; i++) {
            boolean learns = factors.getOrDefault(vertices[i].getVertexName(), 1.0) > 0;
            if (!learns && vertices[i].hasLayer()) {
                vertices[i].setLayerAsFrozen();
            } else if (!learns && !vertices[i].isInputVertex()) {
                vertices[i] = new FrozenVertex(vertices[i]);
            }
        }
    }

    private static OutputLayer outputLayer(ComputationGraphConfiguration configuration) {
        if (configuration.getNetworkInputs().size() != 1
                || configuration.getNetworkOutputs().size() != 1
                || configuration.getDataType() != DataType.FLOAT) {
            throw new EngineUnavailableException("The dl4j engine needs a float32 graph with one input and one output,"
                    + " got " + configuration.getNetworkInputs() + " to " + configuration.getNetworkOutputs() + " of "
                    + configuration.getDataType() + ": change the graph");
        }
        String name = configuration.getNetworkOutputs().get(0);
        if (configuration.getVertices().get(name) instanceof LayerVertex vertex
                && vertex.getLayerConf().getLayer() instanceof OutputLayer output
                && output.getLossFn() instanceof LossMCXENT
                && output.getActivationFn() instanceof ActivationSoftmax) {
            return output;
        }
        throw new EngineUnavailableException("The dl4j engine needs a softmax output layer under multi-class"
                + " cross-entropy, layer '" + name + "' is not: change the graph");
    }

    private void keyDropout(ComputationGraphConfiguration configuration) {
        int ordinal = 0;
        List<String> order = StateLayouts.topologicalOrder(configuration);
        for (String name : order) {
            if (configuration.getVertices().get(name) instanceof LayerVertex vertex) {
                IDropout dropout = vertex.getLayerConf().getLayer().getIDropout();
                if (dropout != null) {
                    vertex.getLayerConf().getLayer().setIDropout(keyed(name, dropout, ordinal));
                    ordinal++;
                }
            }
        }
    }

    private KeyedDropout keyed(String name, IDropout dropout, int ordinal) {
        if (dropout instanceof Dropout plain && plain.getPSchedule() == null) {
            return new KeyedDropout(stepKey, ordinal, plain.getP());
        }
        throw new EngineUnavailableException("Layer '" + name + "' drops out by "
                + dropout.getClass().getSimpleName() + ", whose masks are not reproducible: use plain Dropout");
    }

    private void requireHelpers() {
        for (Layer layer : graph.getLayers()) {
            if (layer instanceof org.deeplearning4j.nn.layers.convolution.ConvolutionLayer
                    && layer.getHelper() == null) {
                throw new EngineUnavailableException("Layer '"
                        + layer.conf().getLayer().getLayerName()
                        + "' would compute without oneDNN, at a third of the speed: put one of nd4j-native's -onednn-"
                        + " classifiers on the class path and do not set"
                        + " -Dorg.eclipse.deeplearning4j.helpers.disable=true");
            }
        }
    }
}
