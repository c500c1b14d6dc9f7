package dev.convoke.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.models.ModelCatalog;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PythonNetworkTest {

    @ParameterizedTest
    @MethodSource("networks")
    void thePeerInPythonHasAsManyParametersAsTheNetwork(String network) throws Exception {
        PeerCase peerCase = new PeerCase(network, 96, 2, true, 1);

        JsonNode vertices =
                new ObjectMapper().readTree(PythonNetwork.json(peerCase)).get("vertices");

        long count = 0;
        for (JsonNode vertex : vertices) {
            for (JsonNode shape : vertex.path("weights")) {
                long values = 1;
                for (JsonNode side : shape) {
                    values *= side.asLong();
                }
                count += values;
            }
            // Scale, shift, mean and variance.
            count += 4 * vertex.path("channels").asLong();
        }
        StateLayout layout = GraphReader.read(peerCase.configuration()).layout();
        assertThat(count).isEqualTo(layout.parameterCount());
    }

    static Iterable<String> networks() {
        return ModelCatalog.names();
    }
}
