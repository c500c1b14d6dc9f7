package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.UndecodableImageException;
import dev.convoke.training.DroppedDataException;
import dev.convoke.training.UnacceptableResultException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each mistake ends in its exit code and a line that names the thing and the remedy, and leaves nothing behind. */
class BadInputTest {

    private static final String RECIPE = "../conf/recipes/quickstart.yaml";

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final PrintStream before = System.err;

    @TempDir
    private Path folder;

    @BeforeEach
    void listen() {
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void stopListening() {
        System.setErr(before);
    }

    @Test
    void anUnknownVerbIsNamedWithTheNearestOne() {
        expect(ExitCode.USAGE, "did you mean 'summary'", "sumary");
    }

    @Test
    void anUnknownArchitectureIsNamedWithTheNearestOne() {
        expect(ExitCode.USAGE, "did you mean 'alexnet'", "summary", "alexnt");
    }

    @Test
    void aTooSmallInputIsRefusedWithTheSmallestOne() {
        expect(ExitCode.USAGE, "at least 67", "summary", "alexnet", "--input", "32");
    }

    @Test
    void anImageThatTrainingCannotDecodeIsAMatterOfTheData() {
        Exception fromATask = new SparkException(
                "Job aborted", new UndecodableImageException(UndecodableImageException.Reason.CORRUPT, "no image"));

        assertThat(ExitCode.of(fromATask)).isEqualTo(ExitCode.DATA);
    }

    @Test
    void dataThatDl4jsMasterDropsIsAMatterOfTheRecipeAndAWrongResultIsADefect() {
        Exception dropped = new DroppedDataException("use averaging.master: convoke");
        Exception wrong =
                new SparkException("Job aborted", new UnacceptableResultException("Worker 1 trained too few"));

        assertThat(ExitCode.of(dropped)).isEqualTo(ExitCode.USAGE);
        assertThat(ExitCode.of(wrong)).isEqualTo(ExitCode.DEFECT);
        assertThat(ExitCode.speaker(wrong)).hasMessage("Worker 1 trained too few");
    }

    @Test
    void everyMistakeOfARecipeIsReportedAtOnce() {
        expect(ExitCode.USAGE, "did you mean 'epochs'", "train", RECIPE, "--set", "epoch=1", "--set", "batch=none");
        assertThat(text()).contains("'batch' is 'none'");
    }

    @Test
    void aMissingRecipeAndAMissingPlaceAreNamed() {
        expect(ExitCode.USAGE, "There is no recipe at nowhere.yaml", "train", "nowhere.yaml");
        expect(ExitCode.USAGE, "Where is the data?", "train", RECIPE);
    }

    @Test
    void anUnknownSchemeIsNamedWithThoseThatAreServed() {
        expect(ExitCode.USAGE, "served are", "shard", "--source", "s9q://bucket/x", "--out", path("out"));
        nothingAt("out");
    }

    @Test
    void anEmptyFolderIsRefused() throws IOException {
        Files.createDirectories(folder.resolve("empty"));
        expect(ExitCode.DATA, "no class folders", "shard", "--source", path("empty"), "--out", path("out"));
        nothingAt("out");
    }

    @Test
    void aClassWithoutImagesIsRefusedByName() throws IOException {
        Files.createDirectories(folder.resolve("images/full"));
        Files.createDirectories(folder.resolve("images/hollow"));
        Files.write(folder.resolve("images/full/a.jpg"), new byte[] {1, 2, 3});
        expect(ExitCode.DATA, "hollow", "shard", "--source", path("images"), "--out", path("out"));
        nothingAt("out");
    }

    @Test
    void aDatasetWithoutAManifestIsRefusedWithTheCommandThatMakesOne() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        expect(ExitCode.DATA, "convoke shard", "train", RECIPE, "--data", path("data"), "--out", path("run"));
        nothingAt("run");
    }

    @Test
    void anUnknownSplitIsNamedWithThoseThereAre() {
        expect(
                ExitCode.USAGE,
                "train, validation, test",
                "train",
                RECIPE,
                "--set",
                "evaluation.split=night",
                "--data",
                path("data"),
                "--out",
                path("run"));
    }

    @Test
    void evaluatingWhatIsNoRunSaysSo() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        expect(ExitCode.USAGE, "There is no run at", "evaluate", "--run", path("run"));
    }

    private void expect(ExitCode code, String message, String... command) {
        errors.reset();
        assertThat(Main.run(command)).as(text()).isEqualTo(code.number());
        assertThat(text()).contains(message);
    }

    private String text() {
        return errors.toString(StandardCharsets.UTF_8);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private void nothingAt(String name) {
        assertThat(folder.resolve(name)).doesNotExist();
    }
}
