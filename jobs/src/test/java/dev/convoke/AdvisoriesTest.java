package dev.convoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every advisory that is written off is about a jar that is really used, in that version, and says why. */
class AdvisoriesTest {

    private static final Set<String> STATES = Set.of("not_affected", "exploitable");

    /** The parts of Netty that its advisories are about, all but its core. */
    private static final List<String> UNUSED = List.of(
            "io/netty/handler/codec/compression/",
            "io/netty/handler/codec/http",
            "io/netty/handler/codec/socks",
            "io/netty/handler/proxy/",
            "io/netty/handler/ipfilter/",
            "io/netty/handler/ssl/");

    @Test
    void everyEntryIsAboutAJarOfThisBuildAndHasAReason() throws IOException {
        JsonNode advisories = new ObjectMapper()
                .readTree(Path.of("../docs/advisories.vex.json").toFile())
                .get("vulnerabilities");
        List<String> jars =
                classPath().stream().map(path -> path.getFileName().toString()).toList();

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

    @Test
    void neitherSparkNorWeReferToTheProtocolsOfNetty() throws IOException {
        List<Path> sparks = classPath().stream()
                .filter(path -> path.getFileName().toString().startsWith("spark-"))
                .toList();

        assertThat(sparks).hasSizeGreaterThan(5);
        assertThat(referring(sparks, List.of("io/netty/channel/")))
                .as("Spark does use Netty")
                .isNotEmpty();
        assertThat(referring(sparks, UNUSED)).isEmpty();
        assertThat(referring(Path.of("target/classes"), UNUSED)).isEmpty();
    }

    private static List<Path> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .toList();
    }

    private static List<String> referring(List<Path> jars, List<String> names) throws IOException {
        List<String> all = new ArrayList<>();
        for (Path jar : jars) {
            try (FileSystem inside = FileSystems.newFileSystem(jar)) {
                all.addAll(referring(inside.getPath("/"), names));
            }
        }
        return all;
    }

    /** A class that refers to another one has its name among its constants. */
    private static List<String> referring(Path folder, List<String> names) throws IOException {
        List<String> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String constants = Files.readString(file, StandardCharsets.ISO_8859_1);
                names.stream().filter(constants::contains).forEach(name -> all.add(file + " refers to " + name));
            }
        }
        return all;
    }
}
