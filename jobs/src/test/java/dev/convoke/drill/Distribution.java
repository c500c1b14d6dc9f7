package dev.convoke.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The archive that {@code ./convoke dist} makes, which has to be there. */
final class Distribution {

    private static final long THIN_BYTES = 8L << 20;

    /**
     * ND4J's own shading of Guava, and what only a Spark with Kubernetes brings, in an older version that serves as
     * well.
     */
    private static final Set<String> OURS_TOO = Set.of("guava", "snakeyaml-engine");

    private Distribution() {}

    /** Unpacks it, looks at what is in it, and returns its folder. */
    static Path unpacked(Path folder) throws IOException, InterruptedException {
        Path target = RunningCluster.HOME.resolve("jobs/target");
        List<Path> archives = list(target).stream()
                .filter(path -> path.toString().endsWith("-dist.tar.gz"))
                .toList();
        assertThat(archives).as("make it first: ./convoke dist").hasSize(1);
        Process tar = new ProcessBuilder("tar", "-xzf", archives.get(0).toString(), "-C", folder.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        String name = archives.get(0).getFileName().toString();
        Path home = folder.resolve(name.substring(0, name.length() - "-dist.tar.gz".length()));
        look(home);
        return home;
    }

    private static void look(Path home) throws IOException {
        assertThat(Files.size(home.resolve("convoke.jar"))).isLessThan(THIN_BYTES);
        assertThat(home.resolve("bin/convoke-submit")).isExecutable();
        assertThat(home.resolve("conf/discover-gpus.sh")).isExecutable();
        assertThat(home.resolve("conf/compose")).doesNotExist();
        Set<String> ours = artifacts(home.resolve("lib"));
        String spark = System.getProperty("convoke.spark.home", "");
        Path sparks =
                spark.isEmpty() ? RunningCluster.HOME.resolve("jobs/target/convoke/spark") : Path.of(spark, "jars");
        Set<String> both = new TreeSet<>(ours);
        both.retainAll(artifacts(sparks));
        both.removeAll(OURS_TOO);
        assertThat(ours).isNotEmpty();
        assertThat(both).as("in lib/ and in Spark").isEmpty();
        JsonNode bill =
                new ObjectMapper().readTree(home.resolve("convoke-sbom.json").toFile());
        Set<String> listed =
                bill.get("components").findValuesAsText("name").stream().collect(Collectors.toSet());
        assertThat(listed).as("the bill of materials").containsAll(ours);
    }

    /** Returns names without version and platform, such as {@code nd4j-native}. */
    private static Set<String> artifacts(Path jars) throws IOException {
        return list(jars).stream()
                .map(jar -> jar.getFileName().toString().replaceFirst("-\\d.*\\.jar$", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
