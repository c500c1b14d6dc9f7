package dev.convoke.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.onednn.Explanation;
import dev.convoke.engine.onednn.Explanation.Purpose;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkDrawing;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.NetworkSummary;
import dev.convoke.models.OptimizerSpec;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a network as Keras prints it, as JSON for programs, or as a drawing. */
@Command(
        name = "summary",
        description = "Prints a network: layers, output shapes, parameters, connections, totals.",
        mixinStandardHelpOptions = true)
final class SummaryCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(
            paramLabel = "ARCH",
            description = "alexnet, vgg16, inception-v1, inception-v1-notebook, resnet, resnet34")
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private String architecture;

    @Option(names = "--classes", defaultValue = "10", description = "How many classes (default: ${DEFAULT-VALUE}).")
    private int classes;

    @Option(
            names = "--input",
            defaultValue = "224",
            description = "Side of the input image in px (default: ${DEFAULT-VALUE}).")
    private int inputPixels;

    @Option(names = "--json", description = "Print JSON: name, total_parameters, trainable_parameters, layers.")
    private boolean json;

    @Option(
            names = "--explain",
            description =
                    "Print what a training step is compiled to: operations, implementations, layouts, bytes, FLOPs.")
    private boolean explain;

    @Option(names = "--prediction", description = "With --explain: a prediction instead of a training step.")
    private boolean prediction;

    @Option(
            names = "--precision",
            defaultValue = "float32",
            description = "With --explain: float32 or bfloat16 (default: ${DEFAULT-VALUE}).")
    private Precision precision = Precision.FLOAT32;

    @Option(names = "--svg", description = "Print a drawing of the network as SVG.")
    private boolean svg;

    @Option(names = "--dot", description = "Print the network's graph in Graphviz's language.")
    private boolean dot;

    @Option(
            names = "--batch",
            defaultValue = "16",
            description = "Examples of a minibatch, with --explain (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Override
    public Integer call() throws JsonProcessingException {
        if (explain) {
            spec.commandLine().getOut().print(explanation().text());
            spec.commandLine().getOut().flush();
            return ExitCode.DONE.number();
        }
        spec.commandLine().getOut().println(text(summary()).stripTrailing());
        spec.commandLine().getOut().flush();
        return ExitCode.DONE.number();
    }

    private String text(NetworkSummary summary) throws JsonProcessingException {
        if ((json ? 1 : 0) + (svg ? 1 : 0) + (dot ? 1 : 0) > 1) {
            throw new UsageException("--json, --svg and --dot: choose one");
        }
        if (svg) {
            return NetworkDrawing.of(summary).svg();
        }
        if (dot) {
            return NetworkDrawing.of(summary).dot();
        }
        return json ? toJson(summary) : summary.text();
    }

    private NetworkSummary summary() {
        try {
            return NetworkSummary.of(new NetworkSpec(architecture, ImageShape.rgb(inputPixels), classes, null));
        } catch (IllegalArgumentException impossible) {
            throw new UsageException(String.valueOf(impossible.getMessage()));
        }
    }

    private Explanation explanation() {
        NetworkSpec network = new NetworkSpec(architecture, ImageShape.rgb(inputPixels), classes, null);
        NetworkJob job = new NetworkJob(network, new OptimizerSpec(0.9, 5e-4, 0), 1, "onednn", precision, batch);
        try {
            int threads = Runtime.getRuntime().availableProcessors();
            return Explanation.of(job, threads, prediction ? Purpose.PREDICTION : Purpose.TRAINING, 0);
        } catch (IllegalArgumentException impossible) {
            throw new UsageException(String.valueOf(impossible.getMessage()));
        }
    }

    private static String toJson(NetworkSummary summary) throws JsonProcessingException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("name", summary.name());
        root.put("total_parameters", summary.totalParameters());
        root.put("trainable_parameters", summary.trainableParameters());
        ArrayNode layers = root.putArray("layers");
        for (NetworkSummary.Row row : summary.rows()) {
            ObjectNode layer = layers.addObject();
            layer.put("name", row.name());
            layer.put("type", row.type());
            ArrayNode shape = layer.putArray("output_shape");
            row.outputShape().forEach(shape::add);
            layer.put("parameters", row.parameters());
            layer.put("trainable_parameters", row.trainableParameters());
            ArrayNode connected = layer.putArray("connected_to");
            row.connectedTo().forEach(connected::add);
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }
}
