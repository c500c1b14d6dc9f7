package dev.convoke.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
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
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/**
 * A network as Keras prints it, worked out from its configuration: no parameter is allocated.
 *
 * @param name of the network
 * @param rows one a layer, inputs first, each after the layers it reads
 */
public record NetworkSummary(String name, List<Row> rows) {

    /**
     * One layer.
     *
     * @param name the layer's name in the graph
     * @param type as Keras names it
     * @param outputShape of one example: {@code [channels, height, width]} or {@code [values]}
     * @param parameters all of them, batch-norm statistics included
     * @param trainableParameters those that a gradient changes
     * @param connectedTo the layers it reads
     */
    public record Row(
            String name,
            String type,
            List<Long> outputShape,
            long parameters,
            long trainableParameters,
            List<String> connectedTo) {

        /** Copies the lists, so that the row cannot change. */
        public Row {
            outputShape = List.copyOf(outputShape);
            connectedTo = List.copyOf(connectedTo);
        }
    }

    /** Copies the list, so that the summary cannot change. */
    public NetworkSummary {
        rows = List.copyOf(rows);
    }

    /** Summarises one of the catalog's networks. */
    public static NetworkSummary of(NetworkSpec spec) {
        return of(spec.architecture(), ModelCatalog.configure(spec, OptimizerSpec.SGD, 0), spec.input());
    }

    /** Summarises any graph with one image input. */
    public static NetworkSummary of(String name, ComputationGraphConfiguration configuration, ImageShape input) {
        List<Row> rows = new ArrayList<>();
        Map<String, InputType> types = new TreeMap<>();
        String inputName = configuration.getNetworkInputs().get(0);
        InputType inputType = InputType.convolutional(input.height(), input.width(), input.channels());
        types.put(inputName, inputType);
        rows.add(new Row(inputName, "InputLayer", shape(inputType), 0, 0, List.of()));
        // In the order they were added, in which each vertex follows the ones it reads.
        for (Map.Entry<String, GraphVertex> entry : configuration.getVertices().entrySet()) {
            List<String> reads = configuration.getVertexInputs().getOrDefault(entry.getKey(), List.of());
            addRows(rows, types, entry.getKey(), entry.getValue(), reads);
        }
        return new NetworkSummary(name, rows);
    }

    /** Returns how many parameters the network has, batch-norm statistics included. */
    public long totalParameters() {
        return rows.stream().mapToLong(Row::parameters).sum();
    }

    /** Returns how many parameters a gradient changes. */
    public long trainableParameters() {
        return rows.stream().mapToLong(Row::trainableParameters).sum();
    }

    /** Returns how many parameters are batch-norm statistics. */
    public long nonTrainable() {
        return totalParameters() - trainableParameters();
    }

    /** Returns the table Keras prints, with shapes as {@code (None, channels, height, width)}. */
    public String text() {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("Layer (type)", "Output Shape", "Param #", "Connected to"));
        for (Row row : rows) {
            cells.add(List.of(
                    row.name() + " (" + row.type() + ")",
                    "(None, "
                            + String.join(
                                    ", ",
                                    row.outputShape().stream()
                                            .map(String::valueOf)
                                            .toList()) + ")",
                    String.valueOf(row.parameters()),
                    String.join(", ", row.connectedTo())));
        }
        StringBuilder text = new StringBuilder("Model: \"" + name + "\"\n");
        int[] widths = widths(cells);
        String rule = "-".repeat(widths[0] + widths[1] + widths[2] + widths[3] + 10) + "\n";
        text.append(rule);
        for (int i = 0; i < cells.size(); i++) {
            appendLine(text, cells.get(i), widths);
            if (i == 0) {
                text.append(rule.replace('-', '='));
            }
        }
        return text.append(rule.replace('-', '='))
                .append(String.format(Locale.ROOT, "Total params: %,d%n", totalParameters()))
                .append(String.format(Locale.ROOT, "Trainable params: %,d%n", trainableParameters()))
                .append(String.format(Locale.ROOT, "Non-trainable params: %,d%n", nonTrainable()))
                .toString();
    }

    private static void addRows(
            List<Row> rows, Map<String, InputType> types, String name, GraphVertex vertex, List<String> reads) {
        InputType[] inputs = reads.stream().map(types::get).toArray(InputType[]::new);
        List<String> connectedTo = reads;
        if (vertex instanceof LayerVertex layer && layer.getPreProcessor() != null) {
            // DL4J flattens between layers; Keras has a layer for it.
            String flatten = name + "_flatten";
            List<Long> shape = shape(layer.getPreProcessor().getOutputType(inputs[0]));
            rows.add(new Row(flatten, "Flatten", shape, 0, 0, reads));
            connectedTo = List.of(flatten);
        }
        InputType output = vertex.getOutputType(0, inputs);
        types.put(name, output);
        long parameters = vertex.numParams(true);
        long trainable = parameters - statistics(vertex);
        rows.add(new Row(name, type(vertex), shape(output), parameters, trainable, connectedTo));
    }

    private static long statistics(GraphVertex vertex) {
        if (vertex instanceof LayerVertex layer && layer.getLayerConf().getLayer() instanceof BatchNormalization norm) {
            return 2 * norm.getNOut();
        }
        return 0;
    }

    private static String type(GraphVertex vertex) {
        if (vertex instanceof LayerVertex layer) {
            return type(layer.getLayerConf().getLayer());
        }
        if (vertex instanceof ElementWiseVertex elementWise) {
            return elementWise.getOp().name();
        }
        return vertex instanceof MergeVertex
                ? "Concatenate"
                : vertex.getClass().getSimpleName().replace("Vertex", "");
    }

    private static String type(Layer layer) {
        if (layer instanceof ConvolutionLayer) {
            return "Conv2D";
        } else if (layer instanceof BatchNormalization) {
            return "BatchNormalization";
        } else if (layer instanceof SubsamplingLayer pool) {
            return poolName(pool.getPoolingType()) + "Pooling2D";
        } else if (layer instanceof GlobalPoolingLayer pool) {
            return "Global" + poolName(pool.getPoolingType()) + "Pooling2D";
        } else if (layer instanceof DenseLayer || layer instanceof OutputLayer) {
            return "Dense";
        } else if (layer instanceof DropoutLayer) {
            return "Dropout";
        } else if (layer instanceof ActivationLayer activation) {
            return activation.getActivationFn() instanceof ActivationReLU ? "ReLU" : "Activation";
        }
        return layer.getClass().getSimpleName().replace("Layer", "");
    }

    private static String poolName(Enum<?> type) {
        return type.name().equals(PoolingType.AVG.name()) ? "Average" : "Max";
    }

    private static List<Long> shape(InputType type) {
        List<Long> shape = new ArrayList<>();
        for (long size : type.getShape(false)) {
            shape.add(size);
        }
        return shape;
    }

    private static int[] widths(List<List<String>> cells) {
        int[] widths = new int[cells.get(0).size()];
        for (List<String> line : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        return widths;
    }

    private static void appendLine(StringBuilder text, List<String> line, int[] widths) {
        StringBuilder row = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            row.append(' ')
                    .append(line.get(i))
                    .append(" ".repeat(widths[i] - line.get(i).length() + 2));
        }
        text.append(row.toString().stripTrailing()).append('\n');
    }
}
