package dev.convoke.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.bench.engine.PeerCase;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GraphFileTest {

    @ParameterizedTest
    @MethodSource("networks")
    void aNetworkIsReadAsItWasWritten(String name) {
        NetworkSpec spec = new NetworkSpec(name, ImageShape.rgb(96), 10, null);
        Graph graph = GraphReader.read(ModelCatalog.configure(spec, PeerCase.OPTIMIZER, 1));

        assertThat(GraphFile.graph(GraphFile.json(graph))).isEqualTo(graph);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void aCaseIsReadAsItWasWritten(String name, @TempDir Path folder) throws Exception {
        CheckCase made = References.make(name);
        Path file = folder.resolve("case.json");

        GraphFile.write(file, made);

        assertThat(GraphFile.read(file, CheckCase.class)).isEqualTo(made);
    }

    static List<String> networks() {
        return ModelCatalog.names();
    }

    static List<String> operations() {
        return List.of("op-conv-relu", "op-addition-norm", "op-max-pool-same", "op-dropout");
    }
}
