package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Engines;
import dev.convoke.engine.JavaProcess;
import dev.convoke.engine.Replica;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** CPUs that lack something, as oneDNN sees them when it is told to leave instructions out. */
class CpuTest {

    @Test
    void withoutAvx2TheEngineRefusesAndAutoFallsBackToDl4jWithOneLine() throws IOException, InterruptedException {
        String output = opening("SSE41", Precision.FLOAT32);

        assertThat(output)
                .contains("onednn refused: The onednn engine needs a CPU with AVX2: run on a newer machine, or choose")
                .contains("auto opened Dl4jReplica");
        assertThat(output.lines().filter(line -> line.contains(" WARN ")))
                .singleElement()
                .asString()
                .contains("Computing on the dl4j engine, several times slower than onednn: The onednn engine needs");
    }

    @Test
    void withAvx2AloneBfloat16IsRefusedUnderBothNamesAndFloat32IsNot() throws IOException, InterruptedException {
        assertThat(opening("AVX2", Precision.BFLOAT16))
                .contains("onednn refused: This CPU cannot compute in bfloat16")
                .contains("auto refused: This CPU cannot compute in bfloat16");
        assertThat(opening("AVX2", Precision.FLOAT32)).contains("auto opened OnednnReplica");
    }

    private static String opening(String instructions, Precision precision) throws IOException, InterruptedException {
        return JavaProcess.output(
                Map.of("ONEDNN_MAX_CPU_ISA", instructions),
                List.of("-Xmx512m", "-Dlog4j2.level=WARN"),
                Opening.class,
                precision.name());
    }

    /** Opens a replica under either name and says what came of it. */
    static final class Opening {

        public static void main(String[] arguments) {
            ReplicaSettings settings = new ReplicaSettings(1, 2, Precision.valueOf(arguments[0]));
            for (String engine : new String[] {"onednn", "auto"}) {
                try (Replica replica =
                        Engines.byName(engine).open(TinyNetwork.configure(OptimizerSpec.SGD, 0, 7), settings)) {
                    System.out.println(engine + " opened " + replica.getClass().getSimpleName());
                } catch (EngineUnavailableException e) {
                    System.out.println(engine + " refused: " + e.getMessage());
                }
            }
        }
    }
}
