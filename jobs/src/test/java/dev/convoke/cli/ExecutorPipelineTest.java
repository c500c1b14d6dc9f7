package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.synthetic.PhotographFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline with executors in JVMs of their own. */
class ExecutorPipelineTest {

    private static final Map<String, String> CLUSTER = Map.of(
            "spark.master", "local-cluster[2,1,1024]",
            "spark.executor.memory", "1g",
            "spark.executor.extraClassPath", System.getProperty("java.class.path"),
            "spark.executor.extraJavaOptions", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0 -XX:+UseSerialGC",
            "spark.driver.host", "127.0.0.1",
            "spark.driver.bindAddress", "127.0.0.1");

    @TempDir
    private Path folder;

    @AfterEach
    void embedAgain() {
        CLUSTER.keySet().forEach(System::clearProperty);
    }

    @Test
    void executorsInOtherJvmsShardTrainAndEvaluateToTheBytesOfEmbeddedSpark() throws IOException {
        PhotographFolder.write(folder.resolve("images"), 7, 40);

        pipeline("embedded");
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        CLUSTER.forEach(System::setProperty);
        pipeline("cluster");

        assertThat(json("cluster/dataset/manifest.json")).isEqualTo(json("embedded/dataset/manifest.json"));
        assertThat(slices("cluster")).isNotEmpty().isEqualTo(slices("embedded"));
        assertThat(json("cluster/run/evaluations/validation.json").get("confusion"))
                .isEqualTo(json("embedded/run/evaluations/validation.json").get("confusion"));
    }

    private void pipeline(String name) {
        String dataset = folder.resolve(name).resolve("dataset").toString();
        int sharded = Main.run(
                "shard",
                "--source",
                folder.resolve("images").toString(),
                "--out",
                dataset,
                "--validation-fraction",
                "0.3",
                "--max-quarantine-rate",
                "0.5");
        int trained = Main.run(
                "train",
                "../conf/recipes/quickstart.yaml",
                "--data",
                dataset,
                "--out",
                folder.resolve(name).resolve("run").toString(),
                "--set",
                "architecture=inception-v1",
                "--set",
                "input=32",
                "--set",
                "epochs=1",
                "--set",
                "batch=4");
        assertThat(List.of(sharded, trained)).as(name).containsOnly(0);
    }

    /** Digests of the newest checkpoint's slices. */
    private List<String> slices(String name) throws IOException {
        try (Stream<Path> rounds = Files.list(folder.resolve(name).resolve("run/checkpoints"))) {
            Path newest = rounds.sorted().reduce((first, second) -> second).orElseThrow();
            List<String> digests = new ArrayList<>();
            new ObjectMapper()
                    .readTree(newest.resolve("manifest.json").toFile())
                    .get("slices")
                    .forEach(slice -> digests.add(slice.get("sha256").asText()));
            return digests;
        }
    }

    private JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(file).toFile());
    }
}
