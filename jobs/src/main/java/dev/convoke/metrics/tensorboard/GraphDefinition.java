package dev.convoke.metrics.tensorboard;

import dev.convoke.models.NetworkSummary;
import dev.convoke.models.NetworkSummary.Row;
import java.util.List;

/** A network as TensorFlow's GraphDef, which TensorBoard draws: one node a layer, with its shape and its parameters. */
final class GraphDefinition {

    private static final int ANY_BATCH = -1;

    private GraphDefinition() {}

    static ProtocolBuffer of(NetworkSummary network) {
        ProtocolBuffer graph = new ProtocolBuffer();
        for (Row row : network.rows()) {
            graph.message(1, node(row));
        }
        // Without a version TensorBoard takes the graph for one of long ago.
        return graph.message(4, new ProtocolBuffer().whole(1, 22));
    }

    private static ProtocolBuffer node(Row row) {
        ProtocolBuffer node = new ProtocolBuffer().text(1, row.name()).text(2, row.type());
        row.connectedTo().forEach(input -> node.text(3, input));
        node.message(5, attribute("_output_shapes", shapes(row.outputShape())));
        node.message(5, attribute("parameters", new ProtocolBuffer().whole(3, row.parameters())));
        return node;
    }

    private static ProtocolBuffer attribute(String name, ProtocolBuffer value) {
        return new ProtocolBuffer().text(1, name).message(2, value);
    }

    private static ProtocolBuffer shapes(List<Long> sizes) {
        ProtocolBuffer shape = new ProtocolBuffer().message(2, new ProtocolBuffer().whole(1, ANY_BATCH));
        sizes.forEach(size -> shape.message(2, new ProtocolBuffer().whole(1, size)));
        return new ProtocolBuffer().message(1, new ProtocolBuffer().message(7, shape));
    }
}
