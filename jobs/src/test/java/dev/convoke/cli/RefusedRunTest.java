package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.synthetic.PhotographFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was fine once and was changed since is refused by name, and what it would have spoilt stays as it was. */
class RefusedRunTest {

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final PrintStream before = System.err;

    @TempDir
    private Path folder;

    @BeforeEach
    void shardAndListen() throws IOException {
        PhotographFolder.write(folder.resolve("images"), 5, 40);
        ShardedPhotographs.make(folder);
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void stopListening() {
        System.setErr(before);
    }

    @Test
    void aChangedShardIsNamedAndLeavesNoModel() throws IOException {
        Path shard = folder.resolve("dataset/train/part-00000.parquet");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length / 2] ^= 1;
        Files.write(shard, bytes);

        int code = train("run", "1");

        assertThat(code).as(text()).isEqualTo(ExitCode.DATA.number());
        assertThat(text()).contains("train/part-00000.parquet").contains("shard the dataset again");
        assertThat(folder.resolve("run/model")).doesNotExist();
        assertThat(Files.readString(folder.resolve("run/run.json")))
                .contains("\"failed\"")
                .contains("part-00000");
    }

    @Test
    void theRunOfAnotherRecipeIsRefusedByTheKeyThatDiffersAndKeepsItsModel() throws IOException {
        assertThat(train("run", "1")).as(text()).isZero();
        List<String> files = files(folder.resolve("run"));

        int code = train("run", "2");

        assertThat(code).isEqualTo(ExitCode.USAGE.number());
        assertThat(text())
                .contains("holds a run of another recipe (seed 1 there and 2 here)")
                .contains("another --out");
        assertThat(files(folder.resolve("run"))).isEqualTo(files);
    }

    @Test
    void anotherNetworkIsRefusedWithItsFirstDifferingLayerAndAllowedChangesGoIntoTheHistory() throws IOException {
        assertThat(train("run", "1")).as(text()).isZero();

        assertThat(train("run", "1", "--set", "input=99")).isEqualTo(ExitCode.USAGE.number());
        assertThat(text()).contains("first differing layer: fc6 W with");
        errors.reset();
        assertThat(train("run", "2", "--allow-change", "sead")).isEqualTo(ExitCode.USAGE.number());
        assertThat(text()).contains("did you mean 'seed'");
        errors.reset();
        assertThat(train("run", "2", "--allow-change", "batch")).isEqualTo(ExitCode.USAGE.number());
        assertThat(text()).contains("seed 1 there and 2 here");
        errors.reset();
        assertThat(train("run", "1", "--allow-change", "averaging", "--set", "averaging.frequency=1"))
                .isEqualTo(ExitCode.USAGE.number());
        assertThat(text()).contains("examples of its epoch would be left out or used twice");
        assertThat(train("run", "2", "--allow-change", "seed")).as(text()).isZero();
    }

    private int train(String out, String seed, String... more) {
        String[] command = {
            "train",
            "../conf/recipes/quickstart.yaml",
            "--data",
            path("dataset"),
            "--out",
            path(out),
            "--set",
            "input=67",
            "--set",
            "epochs=1",
            "--set",
            "batch=8",
            "--set",
            "seed=" + seed
        };
        return Main.run(
                Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new));
    }

    /** Names and sizes of all files below a folder. */
    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> root.relativize(path) + " " + path.toFile().length())
                    .sorted()
                    .toList();
        }
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private String text() {
        return errors.toString(StandardCharsets.UTF_8);
    }
}
