package dev.convoke.provenance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ProvenanceTest {

    private static final Provenance.Run RUN = new Provenance.Run(
            "dl4j 1.0.0-M2.1",
            "a".repeat(64),
            "b".repeat(64),
            "c".repeat(64),
            42,
            Instant.parse("2026-11-22T12:00:00Z"),
            Map.of("spark", "3.5.9"));

    @Test
    void itNamesProgramMachineAndExperiment() throws IOException {
        JsonNode json = new JsonMapper().readTree(Provenance.collect(RUN).toJson());

        assertThat(json.at("/convoke/version").textValue())
                .isNotEqualTo("unknown")
                .doesNotContain("$");
        assertThat(json.at("/convoke/commit").textValue()).matches("[0-9a-f]{40}|unknown");
        assertThat(json.at("/machine/cores").intValue())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(json.at("/machine/java").textValue()).contains(System.getProperty("java.version"));
        assertThat(json.at("/engine").textValue()).isEqualTo("dl4j 1.0.0-M2.1");
        assertThat(json.at("/seed").longValue()).isEqualTo(42);
        assertThat(json.at("/recipe_sha256").textValue()).isEqualTo("a".repeat(64));
        assertThat(json.at("/dataset_sha256").textValue()).isEqualTo("b".repeat(64));
        assertThat(json.at("/architecture_sha256").textValue()).isEqualTo("c".repeat(64));
        assertThat(json.at("/software/spark").textValue()).isEqualTo("3.5.9");
        assertThat(json.at("/started_at").textValue()).isEqualTo("2026-11-22T12:00:00Z");
    }

    @Test
    void itHoldsNothingOfTheUsersEnvironment() {
        String text = new String(Provenance.collect(RUN).toJson(), StandardCharsets.UTF_8);

        assertThat(text).doesNotContain(System.getProperty("user.dir"), System.getProperty("java.class.path"));
        System.getenv().forEach((name, value) -> {
            if (value.length() > 8) {
                assertThat(text).as(name).doesNotContain(value);
            }
        });
    }

    @Test
    void aBuildWithoutGitIsUnknown() {
        Properties without = new Properties();
        without.setProperty("version", "1.2.3");
        without.setProperty("commit", "${commit}");
        without.setProperty("modified", "true");

        assertThat(BuildInfo.of(without)).isEqualTo(new BuildInfo("1.2.3", "unknown", false));
        assertThat(BuildInfo.of(without)).hasToString("1.2.3 (commit unknown)");
        assertThat(BuildInfo.of(new Properties())).isEqualTo(new BuildInfo("unknown", "unknown", false));
    }

    @Test
    void aModifiedBuildSaysSo() {
        Properties modified = new Properties();
        modified.setProperty("version", "1.2.3");
        modified.setProperty("commit", "0123456789".repeat(4));
        modified.setProperty("modified", "true");

        assertThat(BuildInfo.of(modified)).hasToString("1.2.3 (commit 012345678901, modified)");
    }

    @Test
    void onlyInstructionSetsOfInterestAreKept() {
        assertThat(Machine.instructionSets("fpu avx2 vme fma avx2 avx512_bf16 svm"))
                .containsExactly("avx2", "avx512_bf16", "fma");
    }
}
