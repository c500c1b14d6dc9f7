package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.cli.FakeInstallation.Done;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the files of conf/schedules start, started as their schedulers do, beside a spark-submit that repeats it. */
class SchedulesTest {

    private static final Path SCHEDULES = Path.of("../conf/schedules");
    private static final String NIGHT = "retrain /etc/convoke/nightly.yaml --night 20\\d\\d-\\d\\d-\\d\\d";

    @TempDir
    private Path folder;

    private FakeInstallation installed;

    @BeforeEach
    void install() throws IOException {
        installed = new FakeInstallation(folder);
    }

    @Test
    void theUnitOfSystemdStartsANightAndThenHousekeeping() throws Exception {
        List<String> unit = Files.readAllLines(SCHEDULES.resolve("systemd/convoke-retrain.service"));

        Done night = installed.run("sh", "-c", ofUnit(unit, "ExecStart="));
        Done after = installed.run("sh", "-c", ofUnit(unit, "ExecStartPost="));

        assertThat(String.join(" ", night.lines())).matches(".*--master local\\[\\*] .*" + NIGHT);
        assertThat(String.join(" ", after.lines())).endsWith("housekeep /etc/convoke/nightly.yaml --apply");
    }

    @Test
    void cronStartsANightAndMailsOnlyWhatFailed() throws Exception {
        List<String> commands = cronCommands();

        Done night = installed.run("sh", "-c", commands.get(0));
        Done housekeeping = installed.run("sh", "-c", commands.get(1));
        installed.sparkSubmit("exit 143");
        Done stopped = installed.run("sh", "-c", commands.get(0));
        installed.sparkSubmit("exit 4");
        Done failed = installed.run("sh", "-c", commands.get(0));

        assertThat(String.join(" ", Files.readAllLines(folder.resolve("retrain.log"))))
                .matches(".*--master local\\[\\*] .*" + NIGHT + ".*housekeep /etc/convoke/nightly.yaml --apply");
        assertThat(night.lines()).isEmpty();
        assertThat(housekeeping.lines()).isEmpty();
        assertThat(stopped.lines()).isEmpty();
        assertThat(failed.lines()).singleElement().asString().contains("retrain ended with 4");
    }

    @Test
    void thePodOfKubernetesStartsANightThroughTheImagesEntryPoint() throws Exception {
        String manifest = Files.readString(SCHEDULES.resolve("kubernetes/convoke-retrain.yaml"));
        JsonNode job =
                new ObjectMapper().valueToTree(new Load(LoadSettings.builder().build()).loadFromString(manifest));
        JsonNode pod = job.at("/spec/jobTemplate/spec/template/spec");
        List<String> arguments = new ArrayList<>();
        pod.at("/containers/0/args").forEach(argument -> arguments.add(argument.asText()));

        Done night = installed.run(
                installed.home().resolve("bin/convoke-node").toString(), arguments.toArray(String[]::new));

        assertThat(String.join(" ", night.lines())).endsWith("retrain /etc/convoke/nightly.yaml");
        assertThat(Path.of("../Dockerfile"))
                .content()
                .contains("ENTRYPOINT [\"/opt/convoke/bin/convoke-node\"]")
                .contains(
                        "useradd --uid " + pod.at("/securityContext/runAsUser").asInt() + " ");
    }

    private String ofUnit(List<String> unit, String key) {
        List<String> lines = unit.stream().filter(line -> line.startsWith(key)).toList();
        assertThat(lines).hasSize(1);
        String command = lines.get(0).substring(key.length()).replace("$$", "$").replace("%%", "%");
        return here(command);
    }

    private List<String> cronCommands() throws IOException {
        return Files.readAllLines(SCHEDULES.resolve("cron/convoke-retrain")).stream()
                .filter(line -> line.matches("\\d.*"))
                // Five fields of time and the user come first; cron takes the backslash from before a percent sign.
                .map(line -> line.split("\\s+", 7)[6].replace("\\%", "%"))
                .map(this::here)
                .toList();
    }

    private String here(String command) {
        return command.replace("/opt/convoke", installed.home().toString())
                .replaceAll("/var/log/convoke|/run/lock", folder.toString());
    }
}
