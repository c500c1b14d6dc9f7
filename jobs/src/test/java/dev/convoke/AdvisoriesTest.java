package dev.convoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every advisory that is written off is about a jar that is really used, in that version, and says why. */
class AdvisoriesTest {

    private static final Set<String> STATES = Set.of("not_affected", "exploitable", "in_triage");

    @Test
    void everyEntryIsAboutAJarOfThisBuildAndHasAReason() throws IOException {
        JsonNode advisories = new ObjectMapper()
                .readTree(Path.of("../docs/advisories.vex.json").toFile())
                .get("vulnerabilities");
        List<String> jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(path -> Path.of(path).getFileName().toString())
                .toList();

        assertThat(advisories).isNotEmpty();
        for (JsonNode advisory : advisories) {
            String id = advisory.get("id").asText();
            JsonNode analysis = advisory.get("analysis");
            assertThat(STATES).as(id).contains(analysis.get("state").asText());
            assertThat(analysis.has("justification"))
                    .as("%s is written off with a justification, and only then", id)
                    .isEqualTo(analysis.get("state").asText().equals("not_affected"));
            assertThat(analysis.get("detail").asText()).as(id).hasSizeGreaterThan(20);
            for (JsonNode affected : advisory.get("affects")) {
                String purl = affected.get("ref").asText();
                String jar = purl.substring(purl.lastIndexOf('/') + 1).replace('@', '-') + ".jar";
                assertThat(jars)
                        .as("%s: %s is not used any more, remove or renew the entry", id, jar)
                        .contains(jar);
            }
        }
    }
}
