package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.synthetic.Photograph;
import dev.convoke.data.synthetic.PhotographGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few nights as a scheduler would start them, on a network too small to learn much. */
class RetrainTest {

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final PrintStream before = System.err;

    @TempDir
    private Path folder;

    @BeforeEach
    void configure() throws IOException {
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        Files.writeString(folder.resolve("recipe.yaml"), """
                architecture: inception-v1
                input: 32
                epochs: 1
                workers: 2
                batch: 8
                averaging:
                  frequency: 4
                optimizer:
                  learning_rate: 0.005
                """);
        Files.writeString(folder.resolve("retrain.yaml"), """
                name: nights
                recipe: recipe.yaml
                source: %1$s/incoming
                data: %1$s/dataset
                registry: %1$s/registry
                work: %1$s/work
                sharding:
                  test_fraction: 0.3
                  validation_fraction: 0
                  max_quarantine_rate: 0.2
                additions:
                  largest_drop: 1
                train_when:
                  new_examples: 10
                  new_share: 100
                promote:
                  test: none
                  class_drop: 1
                """.formatted(folder));
        photographs(0, 60);
    }

    @AfterEach
    void stopListening() {
        System.setErr(before);
    }

    @Test
    void nightsEndPromotedOrKeptAndNothingNewChangesNothing() throws IOException {
        assertThat(retrain("--dry-run")).as(text()).isZero();
        assertThat(folder.resolve("work")).doesNotExist();

        ownedByAMachineThatIsGone("work", "dataset/.sharding", "work/nights/monday/run");
        assertThat(retrain("--night", "monday")).isEqualTo(ExitCode.OWNED.number());
        assertThat(text()).contains("work is in use by process 17 on gone-7f9c", "--take-over");
        assertThat(retrain("--night", "monday", "--take-over")).as(text()).isZero();
        JsonNode first = json("work/run.json");
        assertThat(first.get("outcome").asText()).isEqualTo("promoted");
        assertThat(first.get("exit_code").asInt()).isZero();
        assertThat(first.get("champion").asInt()).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("work/nights/monday/report.html")))
                .contains("promoted", "there is no champion yet", "Recall by class");
        String aliases = files("registry/aliases");

        // The same night again, and a night with nothing new.
        assertThat(retrain("--night", "monday")).isZero();
        assertThat(json("work/run.json")).isEqualTo(first);
        assertThat(retrain("--night", "tuesday")).as(text()).isZero();
        assertThat(json("work/run.json").get("outcome").asText()).isEqualTo("kept");
        assertThat(json("work/run.json").get("message").asText()).isEqualTo("nothing new to train on");
        assertThat(files("registry/aliases")).isEqualTo(aliases);

        aQuietNightWithOneBrokenFileIsNoReasonToWakeAnybody();

        // New images, one of them broken: taken in, trained on from the champion, judged.
        photographs(60, 30);
        String untouched = files("work") + files("dataset");
        assertThat(dryRun())
                .contains("91 images in the source", "30 of them never seen before")
                .contains("would train: ", " new examples, 10 are enough");
        assertThat(files("work") + files("dataset")).isEqualTo(untouched);
        Files.write(folder.resolve("incoming/broken.tmp"), new byte[0]);
        Files.write(folder.resolve("incoming").resolve(kind(1)).resolve("cut.jpg"), new byte[] {1, 2, 3});
        assertThat(retrain()).as(text()).isZero();
        JsonNode third = json("work/nights/night-000001/steps/6-train.json");
        assertThat(third.get("start").asText()).isEqualTo("warm");
        assertThat(third.get("parent").asInt()).isEqualTo(1);
        assertThat(json("work/nights/night-000001/steps/3-ingest.json")
                        .get("rejected")
                        .asInt())
                .isEqualTo(1);
        JsonNode version = json("registry/versions/v000002/version.json");
        assertThat(version.get("parents")).hasSize(1);
        assertThat(version.get("trained_on").get("revision").asInt()).isEqualTo(3);
        assertThat(version.get("metrics").has("test/top1")).isTrue();

        // What was rejected is not looked at again.
        assertThat(retrain()).as(text()).isZero();
        assertThat(json("work/nights/night-000002/steps/2-find.json").get("new").asInt())
                .isZero();
        whoAsksForItGetsATrainingAndADryRuleMovesNothing();
        housekeepingSaysFirstAndKeepsTheChampion();
        aNightThatIsResumedBehindItsMoveLeavesARollbackAlone();
        assertThat(Main.run("registry", "verify", "--registry", path("registry")))
                .isZero();
        assertThat(Main.run("registry", "show", "champion", "--registry", path("registry")))
                .isZero();
    }

    private void aQuietNightWithOneBrokenFileIsNoReasonToWakeAnybody() throws IOException {
        Files.write(folder.resolve("incoming").resolve(kind(2)).resolve("half.jpg"), new byte[] {4, 5});
        assertThat(retrain("--night", "wednesday")).as(text()).isZero();
        assertThat(json("work/run.json").get("message").asText()).isEqualTo("nothing new to train on");
        assertThat(json("work/nights/wednesday/steps/3-ingest.json")
                        .get("rejected")
                        .asInt())
                .isEqualTo(1);
        assertThat(Files.readString(folder.resolve("dataset/revisions/quarantine-000002.jsonl")))
                .contains("half.jpg");
    }

    private void whoAsksForItGetsATrainingAndADryRuleMovesNothing() throws IOException {
        String aliases = files("registry/aliases");
        assertThat(retrain(
                        "--force",
                        "--set",
                        "promote.dry_run=true",
                        "--set",
                        "promote.oldest_days=0",
                        "--set",
                        "promote.age_tolerance=1",
                        "--set",
                        "promote.test=mcnemar",
                        "--set",
                        "promote.confidence=0.999999"))
                .as(text())
                .isZero();
        assertThat(json("work/nights/night-000003/steps/5-decide.json")
                        .get("why")
                        .asText())
                .isEqualTo("somebody asked for it");
        assertThat(json("work/run.json").get("outcome").asText()).isEqualTo("kept");
        assertThat(json("work/run.json").get("message").asText())
                .startsWith("would be promoted, but the rule is a dry run");
        assertThat(folder.resolve("registry/versions/v000003/version.json")).exists();
        assertThat(files("registry/aliases")).isEqualTo(aliases);
    }

    private String dryRun() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            assertThat(retrain("--dry-run")).as(text()).isZero();
        } finally {
            System.setOut(out);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    private void housekeepingSaysFirstAndKeepsTheChampion() throws IOException {
        Path stray = folder.resolve("dataset/train/part-00099.parquet");
        Files.write(stray, new byte[] {1});
        // A night that failed for good, long before the others.
        Files.createDirectories(folder.resolve("work/nights/failed/run/checkpoints"));
        Files.writeString(folder.resolve("work/nights/failed/run/recipe.yaml"), "seed: 1");
        Files.writeString(
                folder.resolve("work/nights/failed/run.json"),
                Files.readString(folder.resolve("work/nights/monday/run.json"))
                        .replace("\"monday\"", "\"failed\"")
                        .replace("\"succeeded\"", "\"failed\"")
                        .replace("\"promoted\"", "\"none\"")
                        .replaceAll("\"exit_code\" : 0", "\"exit_code\" : 3")
                        .replaceAll("(\"started_at\" : \")\\d{4}", "$12020"));
        String before = files("work/nights") + files("registry") + files("dataset");
        String[] housekeep = {"housekeep", path("retrain.yaml"), "--set", "keep.nights=1", "--set", "keep.versions=1"};
        assertThat(Main.run(housekeep)).as(text()).isZero();
        assertThat(files("work/nights") + files("registry") + files("dataset")).isEqualTo(before);

        assertThat(Main.run(Stream.concat(Stream.of(housekeep), Stream.of("--apply"))
                        .toArray(String[]::new)))
                .as(text())
                .isZero();
        assertThat(stray).doesNotExist();
        assertThat(folder.resolve("work/nights/failed/run")).doesNotExist();
        assertThat(folder.resolve("work/nights/failed/run.json")).exists();
        assertThat(folder.resolve("work/nights/monday/run/recipe.yaml"))
                .as("the run of a version that stays")
                .exists();
        assertThat(folder.resolve("work/nights/monday/report.html")).exists();
        assertThat(folder.resolve("work/nights/monday/addition/addition.json")).exists();
    }

    /** Killed between its move and the record of it; meanwhile somebody moved the alias on. */
    private void aNightThatIsResumedBehindItsMoveLeavesARollbackAlone() throws IOException {
        String[] promote = {"registry", "promote", "3", "--registry", path("registry"), "--reason", "by hand"};
        assertThat(Main.run(promote)).as(text()).isZero();
        String aliases = files("registry/aliases");
        Files.delete(folder.resolve("work/nights/monday/steps/9-promote.json"));
        Path run = folder.resolve("work/nights/monday/run.json");
        Files.writeString(run, Files.readString(run).replace("\"succeeded\"", "\"running\""));

        assertThat(retrain("--night", "monday")).as(text()).isZero();

        assertThat(files("registry/aliases")).isEqualTo(aliases);
        JsonNode resumed = json("work/nights/monday/run.json");
        assertThat(resumed.get("outcome").asText()).isEqualTo("promoted");
        assertThat(resumed.get("champion").asInt()).isEqualTo(3);
        assertThat(resumed.get("message").asText()).contains("since then champion was moved to v000003 by ");
    }

    /** What a night leaves whose machine is gone for good. */
    private void ownedByAMachineThatIsGone(String... places) throws IOException {
        for (String place : places) {
            Path owners = Files.createDirectories(folder.resolve(place).resolve("_OWNERS"));
            Files.writeString(owners.resolve("owner-000001.json"), """
                    {"format_version": 1, "fencing_token": 1, "host": "gone-7f9c", "host_id": "", "pid": 17,
                     "machine": "another-boot pid:[1]", "process_started_millis": 1, "released": false,
                     "since": "2026-11-25T02:15:00Z"}
                    """);
        }
    }

    @Test
    void aBadConfigurationIsRefusedWithEveryProblem() throws IOException {
        int code = retrain("--set", "promote.tset=none", "--set", "start=wram", "--set", "keep.nights=0");

        assertThat(code).isEqualTo(ExitCode.USAGE.number());
        assertThat(text())
                .contains("'promote.tset' is not a key of a retraining file; did you mean 'promote.test'?")
                .contains("'start' is 'wram'", "did you mean 'warm'?")
                .contains("'keep.nights' is 0");
        assertThat(folder.resolve("work")).doesNotExist();
    }

    @Test
    void aFirstNightOnAnEmptyFolderIsNoFailure() throws IOException {
        try (Stream<Path> images = Files.walk(folder.resolve("incoming"))) {
            for (Path image : images.filter(Files::isRegularFile).toList()) {
                Files.delete(image);
            }
        }
        Path status = folder.resolve("status.json");

        int code = retrain("--night", "monday", "--status", status.toString());

        assertThat(code).as(text()).isZero();
        assertThat(json("work/run.json").get("outcome").asText()).isEqualTo("kept");
        assertThat(json("work/run.json").get("message").asText()).isEqualTo("there are no images in the source yet");
        assertThat(json("status.json").get("status").asText()).isEqualTo("succeeded");
        assertThat(json("status.json").get("message"))
                .isEqualTo(json("work/run.json").get("message"));
        assertThat(folder.resolve("dataset/manifest.json")).doesNotExist();
    }

    @Test
    void aNightWithNothingButRubbishFailsWithTheDataAndLeavesEverything() throws IOException {
        try (Stream<Path> images = Files.walk(folder.resolve("incoming"))) {
            for (Path image : images.filter(Files::isRegularFile).toList()) {
                Files.write(image, new byte[] {1, 2, 3, (byte) image.hashCode()});
            }
        }

        int code = retrain();

        assertThat(code).isEqualTo(ExitCode.DATA.number());
        assertThat(json("work/run.json").get("status").asText()).isEqualTo("failed");
        assertThat(json("work/run.json").get("exit_code").asInt()).isEqualTo(3);
        assertThat(folder.resolve("registry")).doesNotExist();
        assertThat(folder.resolve("dataset/manifest.json")).doesNotExist();
    }

    private int retrain(String... more) {
        return Main.run(Stream.concat(Stream.of("retrain", path("retrain.yaml")), Stream.of(more))
                .toArray(String[]::new));
    }

    private void photographs(int from, int count) throws IOException {
        PhotographGenerator generator = new PhotographGenerator(3);
        for (int index = from; index < from + count; index++) {
            Photograph photograph = generator.photograph(index);
            Path file = folder.resolve("incoming").resolve(photograph.kind()).resolve(photograph.name());
            Files.createDirectories(file.getParent());
            Files.write(file, photograph.encoded());
        }
    }

    private static String kind(int index) {
        return PhotographGenerator.kinds().get(index);
    }

    private JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(file).toFile());
    }

    private String files(String where) throws IOException {
        try (Stream<Path> paths = Files.walk(folder.resolve(where))) {
            return paths.filter(Files::isRegularFile)
                    .map(Path::toString)
                    .sorted()
                    .toList()
                    .toString();
        }
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private String text() {
        return errors.toString(StandardCharsets.UTF_8);
    }
}
