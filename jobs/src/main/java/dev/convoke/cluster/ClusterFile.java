package dev.convoke.cluster;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.NewerFormatException;
import dev.convoke.storage.NotFoundException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code cluster.json}: which processes a local cluster has, and where they listen. */
final class ClusterFile {

    static final String FILE = "cluster.json";

    private static final int FORMAT_VERSION = 1;
    private static final int LARGEST_BYTES = 1 << 20;

    private final FileStore store = new LocalFileStore();
    private final Location file;

    ClusterFile(Path state) {
        this.file = Location.parse(state.resolve(FILE).toString());
    }

    /**
     * What the file says.
     *
     * @param ports by purpose; kept when the cluster is down, so that addresses stay the same
     * @param nodes in the order of their start; none while the cluster is down
     */
    record Content(SortedMap<String, Integer> ports, List<NodeProcess> nodes) {

        Content {
            nodes = List.copyOf(nodes);
        }
    }

    void write(Content content) {
        ObjectNode root = JsonFields.object();
        root.put("format_version", FORMAT_VERSION);
        ObjectNode ports = root.putObject("ports");
        content.ports().forEach(ports::put);
        ArrayNode nodes = root.putArray("nodes");
        for (NodeProcess node : content.nodes()) {
            nodes.addObject()
                    .put("name", node.name())
                    .put("pid", node.pid())
                    .put("process_started_millis", node.startedMillis());
        }
        store.replace(file, JsonFields.text(root));
    }

    /** Returns what the file says, or empty if there is none. */
    Optional<Content> read() {
        byte[] text;
        try {
            text = store.read(file, LARGEST_BYTES);
        } catch (NotFoundException none) {
            return Optional.empty();
        }
        JsonFields root = JsonFields.parse(text, file);
        NewerFormatException.check(file, root.whole("format_version"), FORMAT_VERSION);
        JsonFields written = root.fields("ports");
        SortedMap<String, Integer> ports = new TreeMap<>();
        for (String purpose : written.names()) {
            ports.put(purpose, written.integer(purpose));
        }
        List<NodeProcess> nodes = new ArrayList<>();
        for (JsonFields node : root.list("nodes")) {
            nodes.add(new NodeProcess(node.text("name"), node.whole("pid"), node.whole("process_started_millis")));
        }
        return Optional.of(new Content(ports, nodes));
    }
}
