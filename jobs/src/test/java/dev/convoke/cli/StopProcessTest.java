package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.JavaCommand;
import dev.convoke.Signals;
import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointReader;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program, asked to stop as schedulers ask. */
class StopProcessTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void askedTwiceToStopItCommitsAndEndsWith143AndTheSameCommandEndsInTheBytesOfAnUndisturbedRun() throws Exception {
        PhotographFolder.write(folder.resolve("images"), 7, 60);
        ShardedPhotographs.make(folder);
        Process process = train("run");
        await().atMost(Duration.ofMinutes(5))
                .until(() -> Files.exists(folder.resolve("run/metrics/round-000001.jsonl")) || !process.isAlive());

        long asked = System.nanoTime();
        Signals.send(process.pid(), "TERM");
        TimeUnit.MILLISECONDS.sleep(200);
        Signals.send(process.pid(), "TERM");
        boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        Duration took = Duration.ofNanos(System.nanoTime() - asked);

        assertThat(ended).as("ended within %s", LIMIT).isTrue();
        assertThat(process.exitValue()).as("after %s", took).isEqualTo(ExitCode.STOPPED.number());
        JsonNode status = json("run/run.json");
        assertThat(status.get("status").asText()).isEqualTo("stopped");
        assertThat(status.get("exit_code").asInt()).isEqualTo(143);
        int rounds = newest("run").header().roundsDone();
        assertThat(rounds).isPositive().isEqualTo(status.get("round").asInt());

        assertThat(train("run").waitFor()).as(log("run")).isZero();
        assertThat(train("undisturbed").waitFor()).as(log("undisturbed")).isZero();
        assertThat(newest("run").slices()).isEqualTo(newest("undisturbed").slices());
        assertThat(newest("run").header().roundsDone()).isGreaterThan(rounds);
    }

    @Test
    void aNightThatIsNotTrainingYetEndsWith143AndSaysSo() throws Exception {
        PhotographFolder.write(folder.resolve("images"), 7, 60);
        Files.writeString(folder.resolve("retrain.yaml"), """
                recipe: %1$s
                source: %2$s/images
                data: %2$s/dataset
                registry: %2$s/registry
                work: %2$s/work
                """.formatted(
                        Path.of("../conf/recipes/quickstart.yaml").toAbsolutePath(), folder));
        List<String> command = JavaCommand.of(Main.class, "-Xmx1g");
        command.addAll(List.of("retrain", folder.resolve("retrain.yaml").toString(), "--night", "monday"));
        Process process = start("night", command);
        await().atMost(Duration.ofMinutes(5))
                .until(() ->
                        Files.exists(folder.resolve("work/nights/monday/steps/1-begin.json")) || !process.isAlive());

        Signals.send(process.pid(), "TERM");
        boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);

        assertThat(ended).as("ended within %s", LIMIT).isTrue();
        assertThat(process.exitValue()).as(log("night")).isEqualTo(ExitCode.STOPPED.number());
        assertThat(json("work/run.json").get("status").asText()).isEqualTo("stopped");
        assertThat(json("work/run.json").get("exit_code").asInt()).isEqualTo(143);
        assertThat(folder.resolve("work/nights/monday/steps/5-decide.json")).doesNotExist();
    }

    private Process train(String out) throws IOException {
        List<String> command = JavaCommand.of(Main.class, "-Xmx1g");
        command.addAll(List.of(
                "train",
                "../conf/recipes/quickstart.yaml",
                "--data",
                folder.resolve("dataset").toString(),
                "--out",
                folder.resolve(out).toString()));
        for (String setting : List.of(
                "architecture=inception-v1",
                "input=32",
                "epochs=6",
                "batch=8",
                "optimizer.learning_rate=0.001",
                "averaging.frequency=1",
                "checkpoint.every_rounds=3")) {
            command.addAll(List.of("--set", setting));
        }
        return start(out, command);
    }

    private Process start(String name, List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
    }

    private String log(String out) {
        try {
            return Files.readString(folder.resolve(out + ".log"));
        } catch (IOException e) {
            return out + " has no log: " + e.getMessage();
        }
    }

    private Checkpoint newest(String run) {
        Location location = Location.parse(folder.resolve(run).toString());
        return new CheckpointReader(new LocalFileStore(), location)
                .recover()
                .newest()
                .orElseThrow();
    }

    private JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(file).toFile());
    }
}
