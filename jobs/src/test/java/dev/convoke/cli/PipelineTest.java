package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.storage.Location;
import dev.convoke.storage.MiniHdfs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs, one after the other, as a user calls them. */
class PipelineTest {

    private static final String[] TINY = {
        "--set", "input=67", "--set", "epochs=1", "--set", "batch=8", "--set", "averaging.frequency=2"
    };

    @TempDir
    private Path folder;

    @Test
    void theQuickstartLeavesADatasetARunAPlainModelAndAReport() throws IOException {
        Path out = folder.resolve("quickstart");

        int code = Main.run(with(TINY, "quickstart", "--out", out.toString(), "--photographs", "80"));

        assertThat(code).isZero();
        JsonNode status = json(out.resolve("run/run.json"));
        assertThat(status.get("status").asText()).isEqualTo("succeeded");
        assertThat(status.get("exit_code").asInt()).isZero();
        JsonNode evaluation = json(out.resolve("run/evaluations/validation.json"));
        JsonNode manifest = json(out.resolve("dataset/manifest.json"));
        assertThat(evaluation.get("confusion")).hasSize(10);
        assertThat(evaluation.get("examples").asLong()).isPositive();
        assertThat(Files.readString(out.resolve("dataset/quarantine.jsonl"))).isNotBlank();
        assertThat(manifest.get("classes")).hasSize(10);
        assertThat(Files.readString(out.resolve("run/report.html"))).contains("<svg", "data:image/");
        assertThat(out.resolve("run/events/train")).isNotEmptyDirectory();
        assertThat(out.resolve("run/events/validation")).isNotEmptyDirectory();
        // That plain DL4J loads such a file is shown beside the class that writes it.
        try (ZipFile model = new ZipFile(out.resolve("run/model/model.zip").toFile())) {
            assertThat(model.stream().map(ZipEntry::getName))
                    .contains("configuration.json", "coefficients.bin", "updaterState.bin");
        }
        assertThat(Main.run("evaluate", "--run", out.resolve("run").toString(), "--split", "train"))
                .isZero();
        assertThat(out.resolve("run/evaluations/train.json")).exists();
        assertTheReportKeepsItsPictures(out);
    }

    private static void assertTheReportKeepsItsPictures(Path out) throws IOException {
        Path page = out.resolve("run/report.html");
        Files.delete(page);

        assertThat(Main.run("report", out.resolve("run").toString())).isZero();
        assertThat(Files.readString(page)).doesNotContain("image not at hand", "Not in this report");

        Files.move(out.resolve("dataset"), out.resolve("elsewhere"));
        assertThat(Main.run("report", out.resolve("run").toString())).isZero();
        assertThat(Files.readString(page))
                .contains("image not at hand", "Not in this report", "No images of examples: ", "/dataset")
                .contains("Or name the dataset with --data.");
    }

    @Test
    void onHdfsTheSameVerbsRunAndASecondStartChangesNothing() throws IOException {
        Path images = folder.resolve("images");
        PhotographFolder.write(images, 3, 40);
        Location root = MiniHdfs.root().child("pipeline");
        String dataset = root.child("dataset").uri();
        String run = root.child("run").uri();

        int sharded = Main.run(
                "shard",
                "--source",
                images.toString(),
                "--out",
                dataset,
                "--validation-fraction",
                "0.3",
                "--max-quarantine-rate",
                "0.5");
        String[] train = with(
                TINY,
                "train",
                "../conf/recipes/quickstart.yaml",
                "--data",
                dataset,
                "--out",
                run,
                "--set",
                "normalisation.by=dataset");
        int trained = Main.run(train);
        FileSystem hdfs = MiniHdfs.cluster().getFileSystem();
        byte[] model = bytes(hdfs, run + "/model/model.zip");
        int again = Main.run(train);

        assertThat(sharded).isZero();
        assertThat(trained).isZero();
        assertThat(again).isZero();
        assertThat(bytes(hdfs, run + "/model/model.zip")).isEqualTo(model);
        assertThat(hdfs.exists(new org.apache.hadoop.fs.Path(run + "/report.html")))
                .isTrue();
        // What came from the dataset is written out, for programs and for the next verbs.
        JsonNode pixels = tree(hdfs, dataset + "/dataset.json").at("/splits/train");
        JsonNode preprocessing = tree(hdfs, run + "/model/preprocessing.json");
        assertThat(preprocessing.get("mean")).isEqualTo(pixels.get("mean"));
        assertThat(preprocessing.get("deviation")).isEqualTo(pixels.get("deviation"));
        assertThat(new String(bytes(hdfs, run + "/recipe.yaml"), StandardCharsets.UTF_8))
                .contains("by: given", "mean: [" + pixels.at("/mean/0").asDouble() + ", ");
    }

    private static byte[] bytes(FileSystem hdfs, String file) throws IOException {
        try (InputStream in = hdfs.open(new org.apache.hadoop.fs.Path(file))) {
            return in.readAllBytes();
        }
    }

    private static JsonNode tree(FileSystem hdfs, String file) throws IOException {
        return new ObjectMapper().readTree(bytes(hdfs, file));
    }

    private static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    private static String[] with(String[] settings, String... command) {
        return Stream.concat(Stream.of(command), Stream.of(settings)).toArray(String[]::new);
    }
}
