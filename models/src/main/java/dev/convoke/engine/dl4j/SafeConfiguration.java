package dev.convoke.engine.dl4j;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Parses a graph's JSON, which names Java classes to instantiate, only if it names harmless ones. */
final class SafeConfiguration {

    private static final int MOST_LEVELS = 64;

    /** The keys by which DL4J's JSON names a class. */
    private static final Set<String> CLASS_KEYS = Set.of("@class", "type");

    private static final Set<String> ALLOWED = Stream.of(
                    named("org.deeplearning4j.nn.conf.graph.", "LayerVertex ElementWiseVertex MergeVertex"),
                    named(
                            "org.deeplearning4j.nn.conf.layers.",
                            "ActivationLayer BatchNormalization ConvolutionLayer DenseLayer DropoutLayer"
                                    + " GlobalPoolingLayer OutputLayer SubsamplingLayer"),
                    named("org.deeplearning4j.nn.conf.preprocessor.", "CnnToFeedForwardPreProcessor"),
                    named("org.deeplearning4j.nn.conf.dropout.", "Dropout"),
                    named(
                            "org.deeplearning4j.nn.conf.distribution.",
                            "UniformDistribution NormalDistribution GaussianDistribution"
                                    + " TruncatedNormalDistribution"),
                    named(
                            "org.deeplearning4j.nn.weights.",
                            "WeightInitDistribution WeightInitXavier WeightInitXavierUniform WeightInitRelu"
                                    + " WeightInitReluUniform WeightInitUniform WeightInitNormal"
                                    + " WeightInitLecunNormal WeightInitLecunUniform WeightInitConstant"),
                    named(
                            "org.nd4j.linalg.activations.impl.",
                            "ActivationIdentity ActivationReLU ActivationSoftmax ActivationSigmoid"
                                    + " ActivationTanH ActivationLReLU ActivationELU ActivationReLU6"),
                    named("org.nd4j.linalg.lossfunctions.impl.", "LossMCXENT LossNegativeLogLikelihood"),
                    named("org.nd4j.linalg.learning.config.", "Nesterovs Sgd NoOp Adam RmsProp AdaGrad"),
                    named("org.nd4j.linalg.learning.regularization.", "L1Regularization L2Regularization WeightDecay"),
                    named(
                            "org.nd4j.linalg.schedule.",
                            "FixedSchedule StepSchedule PolySchedule ExponentialSchedule MapSchedule"))
            .flatMap(Set::stream)
            .collect(Collectors.toUnmodifiableSet());

    private SafeConfiguration() {}

    /**
     * Parses the configuration.
     *
     * @throws RejectedModelException if it is no graph, or names a class outside the list
     */
    static ComputationGraphConfiguration parse(String json) {
        try {
            requireAllowedClasses(json);
            requireNamedClasses(new ObjectMapper().readTree(json));
            return ComputationGraphConfiguration.fromJson(json);
        } catch (RejectedModelException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new RejectedModelException(
                    "The model's configuration is not a DL4J graph: give a ComputationGraph's model.zip", e);
        }
    }

    private static Set<String> named(String prefix, String names) {
        return Stream.of(names.split(" ")).map(prefix::concat).collect(Collectors.toSet());
    }

    /** Reads token by token: nothing nested can exhaust the stack. */
    private static void requireAllowedClasses(String json) throws IOException {
        Set<String> refused = new TreeSet<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            int level = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                level += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (level > MOST_LEVELS) {
                    throw new RejectedModelException("The model's configuration nests deeper than " + MOST_LEVELS
                            + " levels: give a real model");
                }
                if (token.isScalarValue()
                        && isClassKey(parser.getCurrentName())
                        && !ALLOWED.contains(parser.getText())) {
                    refused.add(parser.getText());
                }
            }
        }
        if (!refused.isEmpty()) {
            throw new RejectedModelException("The model's configuration names " + String.join(", ", refused)
                    + ", which is not among the layers this project knows: use a network of known layers");
        }
    }

    /** Without a class name DL4J falls back on readers of older formats, which nothing here vouches for. */
    private static void requireNamedClasses(JsonNode root) {
        JsonNode vertices = root.path("vertices");
        if (!vertices.isObject() || vertices.isEmpty()) {
            throw new RejectedModelException(
                    "The model's configuration has no vertices: give a ComputationGraph's model.zip");
        }
        for (JsonNode vertex : vertices) {
            JsonNode layer = vertex.path("layerConf").path("layer");
            if (!vertex.hasNonNull("@class") || (layer.isObject() && !layer.hasNonNull("@class"))) {
                throw new RejectedModelException("The model's configuration is of a DL4J older than 1.0.0-beta3: write"
                        + " it again with a newer one");
            }
        }
    }

    private static boolean isClassKey(@Nullable String key) {
        return key != null && CLASS_KEYS.contains(key);
    }
}
