package dev.convoke.bench.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;

/** DL4J's way, as its users call it: neither forced to disk nor read back, and nothing of it has a digest. */
final class Dl4jModel implements AutoCloseable {

    private final Path folder;
    private final ComputationGraph graph;

    Dl4jModel(Path folder, ComputationGraphConfiguration configuration) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.graph = new ComputationGraph(configuration);
        graph.init();
    }

    void save() throws IOException {
        ModelSerializer.writeModel(graph, file().toFile(), true);
    }

    void restore() throws IOException {
        ModelSerializer.restoreComputationGraph(file().toFile(), true).close();
    }

    void forgetCached() throws IOException {
        PageCache.forget(folder);
    }

    @Override
    public void close() {
        graph.close();
        PageCache.delete(folder);
    }

    private Path file() {
        return folder.resolve("model.zip");
    }
}
