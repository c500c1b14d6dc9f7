package dev.convoke.engine;

import dev.convoke.engine.StateLayout.Kind;
import dev.convoke.engine.StateLayout.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.util.GraphIndices;

/** Works out where a network's parameters stand in its state vector, from the configuration alone. */
public final class StateLayouts {

    private StateLayouts() {}

    /**
     * Returns the layout DL4J gives this graph; allocates no parameters and loads no native library.
     *
     * @throws IllegalArgumentException if a layer with parameters is of a kind whose order is not known here; the
     *     message names it
     */
    public static StateLayout of(ComputationGraphConfiguration configuration) {
        List<Segment> segments = new ArrayList<>();
        int offset = 0;
        int updaterState = 0;
        for (String name : topologicalOrder(configuration)) {
            GraphVertex vertex = configuration.getVertices().get(name);
            if (vertex == null || vertex.numParams(false) == 0) {
                continue;
            }
            Layer layer = layerOf(name, vertex);
            for (Array array : arrays(name, layer)) {
                segments.add(new Segment(name, array.parameter(), array.kind(), offset, array.length()));
                offset = Math.addExact(offset, array.length());
                long state =
                        ((BaseLayer) layer).getUpdaterByParam(array.parameter()).stateSize(array.length());
                updaterState = Math.addExact(updaterState, Math.toIntExact(state));
            }
        }
        return new StateLayout(segments, offset, updaterState);
    }

    /** Returns the names of the inputs and vertices in the order DL4J computes them and lays their parameters out. */
    public static List<String> topologicalOrder(ComputationGraphConfiguration configuration) {
        // DL4J notes the order in the configuration it works it out for.
        boolean known = configuration.getTopologicalOrder() != null;
        GraphIndices indices = new ComputationGraph(known ? configuration : configuration.clone()).calculateIndices();
        Map<Integer, String> names = indices.getIdxToName();
        List<String> order = new ArrayList<>();
        for (int index : indices.getTopologicalSortOrder()) {
            order.add(names.get(index));
        }
        return order;
    }

    private record Array(String parameter, Kind kind, int length) {}

    private static Layer layerOf(String name, GraphVertex vertex) {
        if (vertex instanceof LayerVertex layerVertex) {
            return layerVertex.getLayerConf().getLayer();
        }
        throw unknown(name, vertex);
    }

    private static List<Array> arrays(String name, Layer layer) {
        if (layer instanceof BatchNormalization norm && !norm.isLockGammaBeta() && !norm.isUseLogStd()) {
            int width = Math.toIntExact(norm.getNOut());
            return List.of(
                    new Array("gamma", Kind.GAMMA, width),
                    new Array("beta", Kind.BETA, width),
                    new Array("mean", Kind.MEAN, width),
                    new Array("var", Kind.VARIANCE, width));
        }
        // Exactly these classes: their subclasses lay their parameters out differently.
        if (layer.getClass() == ConvolutionLayer.class) {
            ConvolutionLayer convolution = (ConvolutionLayer) layer;
            List<Array> arrays = new ArrayList<>();
            if (convolution.hasBias()) {
                arrays.add(new Array("b", Kind.BIAS, Math.toIntExact(convolution.getNOut())));
            }
            int[] kernel = convolution.getKernelSize();
            arrays.add(new Array(
                    "W",
                    Kind.WEIGHT,
                    product(convolution.getNIn(), convolution.getNOut(), (long) kernel[0] * kernel[1])));
            return arrays;
        }
        if (layer.getClass() == DenseLayer.class && !((DenseLayer) layer).hasLayerNorm()) {
            return dense((FeedForwardLayer) layer, ((DenseLayer) layer).hasBias());
        }
        if (layer.getClass() == OutputLayer.class) {
            return dense((FeedForwardLayer) layer, ((OutputLayer) layer).hasBias());
        }
        throw unknown(name, layer);
    }

    private static List<Array> dense(FeedForwardLayer layer, boolean bias) {
        List<Array> arrays = new ArrayList<>();
        arrays.add(new Array("W", Kind.WEIGHT, product(layer.getNIn(), layer.getNOut(), 1)));
        if (bias) {
            arrays.add(new Array("b", Kind.BIAS, Math.toIntExact(layer.getNOut())));
        }
        return arrays;
    }

    private static int product(long first, long second, long third) {
        return Math.toIntExact(Math.multiplyExact(Math.multiplyExact(first, second), third));
    }

    private static IllegalArgumentException unknown(String name, Object layer) {
        return new IllegalArgumentException("No state layout for layer '" + name + "' of type "
                + layer.getClass().getSimpleName()
                + ": build the network from convolutions, dense layers and batch norm with plain variance");
    }
}
