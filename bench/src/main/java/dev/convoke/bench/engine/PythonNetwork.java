package dev.convoke.bench.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Graph.Vertex;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.engine.plan.Operation;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import java.util.List;

/** A case as JSON, for the peer in Python: the network's operations in order, with every shape worked out. */
public final class PythonNetwork {

    private static final ObjectMapper JSON = new ObjectMapper();

    private PythonNetwork() {}

    static String json(PeerCase peerCase) {
        ObjectNode root = of(GraphReader.read(peerCase.configuration()), peerCase.image(), peerCase.batch());
        root.put("training", peerCase.training());
        root.put("threads", peerCase.threads());
        return root.toString();
    }

    /** Returns a network with the optimizer every peer uses; needs none of DL4J's libraries. */
    public static ObjectNode of(Graph graph, ImageShape image, int batch) {
        List<ImageShape> shapes = graph.shapes(image);
        ObjectNode root = JSON.createObjectNode();
        root.put("batch", batch);
        root.put("classes", graph.classes());
        root.put("learning_rate", PeerCase.LEARNING_RATE);
        root.put("momentum", PeerCase.OPTIMIZER.momentum());
        root.put("weight_decay", PeerCase.OPTIMIZER.weightDecay());
        root.set("image", numbers(image.channels(), image.height(), image.width()));
        for (Vertex vertex : graph.vertices()) {
            List<Integer> inputs = vertex.inputs();
            ImageShape read = inputs.isEmpty() ? image : shapes.get(inputs.get(0));
            ObjectNode node = root.withArray("vertices").addObject();
            node.put("operation", vertex.operation().getClass().getSimpleName());
            node.set("inputs", JSON.valueToTree(inputs));
            describe(node, vertex.operation(), read);
        }
        return root;
    }

    private static void describe(ObjectNode node, Operation operation, ImageShape read) {
        if (operation instanceof Operation.Convolution c) {
            window(node, c.window(), read);
            int rows = c.window().rows().kernel();
            int columns = c.window().columns().kernel();
            weights(node, c.bias(), c.filters(), read.channels(), rows, columns);
            node.put("relu", c.relu());
        } else if (operation instanceof Operation.Dense d) {
            weights(node, d.bias(), d.units(), Math.toIntExact(read.valueCount()));
            node.put("relu", d.relu());
        } else if (operation instanceof Operation.BatchNorm b) {
            node.put("channels", read.channels()).put("decay", b.decay()).put("epsilon", b.epsilon());
        } else if (operation instanceof Operation.Pool p) {
            node.put("operation", p.largest() ? "MaxPool" : "MeanPool");
            window(node, p.window(), read);
        } else if (operation instanceof Operation.GlobalPool p) {
            node.put("largest", p.largest());
        } else if (operation instanceof Operation.Dropout d) {
            node.put("drop", 1 - d.retain());
        } else if (operation instanceof Operation.Addition a) {
            node.put("relu", a.relu());
        }
    }

    private static void window(ObjectNode node, Window window, ImageShape read) {
        node.set("kernel", numbers(window.rows().kernel(), window.columns().kernel()));
        node.set("stride", numbers(window.rows().stride(), window.columns().stride()));
        node.set(
                "padding",
                numbers(
                        window.rows().before(read.height()),
                        window.rows().after(read.height()),
                        window.columns().before(read.width()),
                        window.columns().after(read.width())));
    }

    private static void weights(ObjectNode node, boolean bias, int... shape) {
        node.withArray("weights").add(numbers(shape));
        if (bias) {
            node.withArray("weights").add(numbers(shape[0]));
        }
    }

    private static JsonNode numbers(int... numbers) {
        return JSON.valueToTree(numbers);
    }
}
