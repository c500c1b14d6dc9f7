package dev.convoke.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.engine.EngineUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class EngineBenchTest {

    private static final String HOME = "convoke.home";

    @BeforeEach
    void findWhatMeasuresThePeak() {
        System.setProperty(HOME, "..");
    }

    @AfterEach
    void leaveNoTrace() {
        System.clearProperty(HOME);
    }

    @Test
    void enginesInBfloat16AreMeasuredByDefaultWhereTheCpuComputesInIt() {
        List<String> everywhere = List.of("onednn", "dl4j", "dl4j-default", "pytorch", "pytorch-channels-last");

        assertThat(EngineBench.byDefault(precision -> {
                    throw new EngineUnavailableException("no " + precision);
                }))
                .isEqualTo(everywhere);
        List<String> all = new ArrayList<>(everywhere);
        all.addAll(List.of("onednn-bfloat16", "pytorch-bfloat16"));
        assertThat(EngineBench.byDefault(precision -> {})).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void theFileHasHowLongEachNetworkTookToCompileOnAnEngineThatCompiles(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("figures.json");

        int code = new CommandLine(new EngineBench())
                .execute(
                        ("--networks resnet34 --input 32 --batch 2 --phases predict --engines onednn,dl4j --repetitions 1"
                                        + " --warm-ups 0 --json " + file)
                                .split(" ", -1));

        assertThat(code).isZero();
        JsonNode rows = new ObjectMapper().readTree(Files.readAllBytes(file)).path("rows");
        assertThat(rows.findValuesAsText("engine")).containsExactly("fma-peak", "onednn", "dl4j");
        assertThat(rows.path(1).path("compile_ms").asInt()).isPositive();
        assertThat(rows.path(2).has("compile_ms")).isFalse();
    }
}
