package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When bin/convoke-nightly starts a night; a script that notes its arguments stands in for bin/convoke-submit. */
class NightlyScriptTest {

    private static final String MIDNIGHT = "00:00";

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void install() throws IOException {
        Files.copy(
                Path.of("../bin/convoke-nightly"),
                folder.resolve("convoke-nightly"),
                StandardCopyOption.COPY_ATTRIBUTES);
        // Ends with the codes in 'codes', one a start; waits for a signal once there are none left.
        Path submit = Files.writeString(folder.resolve("convoke-submit"), """
                #!/usr/bin/env bash
                here=$(dirname "$0")
                echo "$@" >>"$here/starts"
                number=$(wc -l <"$here/starts")
                code=$(sed -n "${number}p" "$here/codes")
                [[ -n $code ]] && exit "$code"
                trap 'echo asked to stop >>"$here/starts"; exit 143' TERM
                while :; do sleep 0.1; done
                """);
        assertThat(submit.toFile().setExecutable(true)).isTrue();
        codes();
    }

    @AfterEach
    void stop() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    @Test
    void aNightThatWasMissedTodayIsMadeUpForAtTheStartAndNamedByItsDate() throws Exception {
        LocalDate before = LocalDate.now(ZoneOffset.UTC);
        start(MIDNIGHT, "nightly.yaml", "--set", "keep.nights=3");

        String line = starts(1).get(0);

        assertThat(line)
                .isIn(
                        "retrain nightly.yaml --set keep.nights=3 --night " + before,
                        "retrain nightly.yaml --set keep.nights=3 --night " + before.plusDays(1));
    }

    @Test
    void onlyWhatAnotherStartCanMendIsTriedAgain() throws Exception {
        codes(4, 6, 3, 0);
        start(MIDNIGHT, "nightly.yaml");

        List<String> lines = starts(3);

        assertThat(lines).containsOnly(lines.get(0));
        // Long enough for a fourth try, were there to be one.
        await().during(Duration.ofMillis(2_500)).until(() -> starts(3).size() == 3);
    }

    @Test
    void nothingStartsBeforeItsHour() throws Exception {
        LocalTime later = LocalTime.now(ZoneOffset.UTC).plusHours(2).truncatedTo(ChronoUnit.MINUTES);
        // Two hours on is tomorrow late in the evening; then today's hour has passed, and its night is made up for.
        boolean isTomorrow = later.isBefore(LocalTime.now(ZoneOffset.UTC));
        Process process = start(later.toString(), "nightly.yaml");

        await().during(Duration.ofMillis(1_500))
                .until(() -> process.isAlive() && Files.exists(folder.resolve("starts")) == isTomorrow);
    }

    @Test
    void aSignalIsHandedOnToTheNightAndEndsBoth() throws Exception {
        Process process = start(MIDNIGHT, "nightly.yaml");
        starts(1);

        process.destroy();

        assertThat(process.waitFor()).isEqualTo(ExitCode.STOPPED.number());
        assertThat(starts(2)).last().isEqualTo("asked to stop");
    }

    @Test
    void aWrongHourAndNoFileAreRefused() throws Exception {
        assertThat(start("25:00", "nightly.yaml").waitFor()).isEqualTo(ExitCode.USAGE.number());
        assertThat(start(MIDNIGHT).waitFor()).isEqualTo(ExitCode.USAGE.number());
    }

    private void codes(int... codes) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int code : codes) {
            lines.append(code).append('\n');
        }
        Files.writeString(folder.resolve("codes"), lines);
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = Stream.concat(
                        Stream.of(folder.resolve("convoke-nightly").toString()), Stream.of(arguments))
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().put("CONVOKE_RETRY_SECONDS", "1");
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Waits until so many lines are noted. */
    private List<String> starts(int lines) {
        return await().atMost(Duration.ofMinutes(1)).until(this::noted, noted -> noted.size() >= lines);
    }

    private List<String> noted() throws IOException {
        Path file = folder.resolve("starts");
        return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    }
}
