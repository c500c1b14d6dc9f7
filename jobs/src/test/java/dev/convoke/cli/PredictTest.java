package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.data.synthetic.PhotographFolder.Written;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batch inference over a folder, a tar and shards says the same about the same images. */
class PredictTest {

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @Test
    void aFolderATarAndShardsGiveTheSamePredictionsWithTheVersionInEveryRow() throws IOException {
        Path images = folder.resolve("images");
        Written written = PhotographFolder.write(images, 5, 40);
        trainAndRegister();
        tar(images, folder.resolve("images.tar"));

        assertThat(predict("images", "by-folder")).isZero();
        assertThat(predict("images.tar", "by-tar")).isZero();
        assertThat(predict("dataset", "by-shards")).isZero();

        List<Row> rows = rows("by-folder");
        assertThat(rows).hasSize(written.photographs());
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.getString(row.fieldIndex("model"))).isEqualTo("v000001");
            List<Row> guesses = row.getList(row.fieldIndex("guesses"));
            assertThat(guesses).hasSize(3);
            assertThat(guesses.get(0).getFloat(2))
                    .isGreaterThanOrEqualTo(guesses.get(1).getFloat(2));
            assertThat(guesses.get(1).getFloat(2))
                    .isGreaterThanOrEqualTo(guesses.get(2).getFloat(2));
        });
        assertThat(byPath("by-tar")).isEqualTo(byPath("by-folder"));
        assertThat(byPath("by-shards")).isEqualTo(byPath("by-folder"));
        String quarantine = Files.readString(folder.resolve("by-folder/quarantine.jsonl"));
        assertThat(quarantine.lines()).hasSize(written.broken().size());
        assertThat(quarantine).contains("TRUNCATED", "EMPTY", "NOT_AN_IMAGE");
        JsonNode summary = new ObjectMapper()
                .readTree(folder.resolve("by-folder/predictions.json").toFile());
        assertThat(summary.get("model").asText()).isEqualTo("v000001");
        assertThat(summary.get("rows").asLong()).isEqualTo(written.photographs());
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith(".tmp"));
        }
    }

    private void trainAndRegister() {
        ShardedPhotographs.make(folder);
        assertThat(Main.run(
                        "train",
                        "../conf/recipes/quickstart.yaml",
                        "--data",
                        path("dataset"),
                        "--out",
                        path("run"),
                        "--set",
                        "architecture=inception-v1",
                        "--set",
                        "input=32",
                        "--set",
                        "epochs=1",
                        "--set",
                        "batch=8"))
                .isZero();
        LocalFileStore store = new LocalFileStore();
        new ModelRegistry(location -> store, Location.parse(path("registry")))
                .register(
                        new ModelRegistry.Draft(
                                new ModelVersion.Origin(
                                        path("run"),
                                        "inception-v1 at 32 px",
                                        Map.of(),
                                        new ModelVersion.TrainedOn(path("dataset"), 1, List.of(), List.of()),
                                        List.of(),
                                        1),
                                Map.of(),
                                Map.of()),
                        Location.parse(path("run/model")),
                        Map.of());
    }

    private int predict(String source, String out) {
        return Main.run(
                "predict",
                "--registry",
                path("registry"),
                "--model",
                "1",
                "--images",
                path(source),
                "--out",
                path(out),
                "--top",
                "3",
                "--batch",
                "64",
                "--max-quarantine-rate",
                "0.5");
    }

    @Test
    void whatCannotBePredictedIsRefusedAndLeavesNothing() throws IOException {
        Files.createDirectories(folder.resolve("run/model"));
        Files.createDirectories(folder.resolve("empty"));
        PrintStream before = System.err;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.run("predict", "--model", path("run/model"), "--images", path("empty"), "--out", path("o")))
                    .isEqualTo(ExitCode.USAGE.number());
            assertThat(text()).contains("There is no model at").contains("it has no model.zip");
            Files.write(folder.resolve("run/model/model.zip"), new byte[] {1});
            assertThat(Main.run("predict", "--model", path("run/model"), "--images", path("empty"), "--out", path("o")))
                    .isEqualTo(ExitCode.DATA.number());
            assertThat(text()).contains("There are no files in");
            assertThat(Main.run("predict", "--model", path("run/model"), "--images", path("x"), "--out", path("empty")))
                    .isEqualTo(ExitCode.DATA.number());
            assertThat(text()).contains("already: choose another --out");
        } finally {
            System.setErr(before);
        }
        assertThat(folder.resolve("o")).doesNotExist();
    }

    private Map<String, String> byPath(String out) {
        Map<String, String> guesses = new TreeMap<>();
        rows(out).forEach(row -> {
            List<Row> likeliest = row.getList(1);
            guesses.put(
                    row.getString(0),
                    likeliest.stream()
                            .map(guess -> guess.getString(1) + " " + Math.round(1e4 * guess.getFloat(2)))
                            .toList()
                            .toString());
        });
        return guesses;
    }

    private List<Row> rows(String out) {
        List<Row> rows = new ArrayList<>();
        try (SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate()) {
            rows.addAll(spark.read().parquet(path(out) + "/*.parquet").collectAsList());
        }
        return rows;
    }

    private static void tar(Path root, Path archive) throws IOException {
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(archive));
                Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                TarArchiveEntry entry =
                        new TarArchiveEntry(file, root.relativize(file).toString());
                tar.putArchiveEntry(entry);
                Files.copy(file, tar);
                tar.closeArchiveEntry();
            }
        }
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private String text() {
        return errors.toString(StandardCharsets.UTF_8);
    }
}
