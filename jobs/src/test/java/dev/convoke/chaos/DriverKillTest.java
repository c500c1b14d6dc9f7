package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.CheckpointReader;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drivers that train, killed at random moments and started again with the same command: every run ends in the bytes of
 * one that was left alone. More of it: {@code mvn -Pchaos verify}, or {@code -Dconvoke.chaos.driver-kills=1000}.
 */
class DriverKillTest {

    private static final int KILLS = ChaosLog.trials("driver-kills", 5);

    /** Of a driver's first lines, one of which its death follows: where it goes on, then two for each round. */
    private static final int LINES = 9;

    @TempDir
    private Path folder;

    /**
     * What a driver said before it ended.
     *
     * @param recovered the round it started from
     * @param finished the last round it called done
     * @param committed the last round it called committed
     * @param digest of the final state, empty if it did not get there
     */
    private record Life(int recovered, int finished, int committed, String digest) {}

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void killedDriversLoseNothingCommittedAndRedoAtMostOneRound() throws Exception {
        ChaosLog log = new ChaosLog("driver kills", folder.resolve("log"));
        String faultless = live(folder.resolve("faultless"), Optional.empty()).digest();
        assertThat(faultless).hasSize(64);
        int kills = log.lines().size();
        Random random = new Random(ChaosLog.SEED + kills);
        int runs = 0;
        while (kills < KILLS) {
            Path run = folder.resolve("run-" + kills);
            int finished = 0;
            int committed = 0;
            for (String digest = ""; digest.isEmpty(); ) {
                // One in ten dies while it starts, the others a moment after something they have said.
                boolean starting = random.nextInt(10) == 0;
                Death death = starting
                        ? new Death(0, random.nextInt(1_500_000))
                        : new Death(1 + random.nextInt(LINES), random.nextInt(30_000));
                Life life = live(run, kills < KILLS ? Optional.of(death) : Optional.empty());
                if (life.recovered() >= 0) {
                    assertThat(life.recovered())
                            .as("kill %s of seed %s: nothing committed is lost", kills, ChaosLog.SEED)
                            .isGreaterThanOrEqualTo(committed);
                    assertThat(finished - life.recovered())
                            .as("kill %s of seed %s: rounds done again", kills, ChaosLog.SEED)
                            .isLessThanOrEqualTo(1);
                    finished = Math.max(life.recovered(), life.finished());
                    committed = Math.max(life.recovered(), life.committed());
                }
                digest = life.digest();
                if (digest.isEmpty()) {
                    kills++;
                    log.add(kills + " recovered " + life.recovered() + " finished " + life.finished() + " committed "
                            + life.committed());
                } else {
                    assertThat(digest)
                            .as("after kill %s of seed %s", kills, ChaosLog.SEED)
                            .isEqualTo(faultless);
                }
            }
            assertThat(committed).isEqualTo(TrainingProcess.rounds());
            runs++;
            new LocalFileStore().delete(new Location("file:" + run));
        }
        log.report(
                kills,
                "torn 0, committed and lost 0, rounds done again at most 1 a kill, " + runs
                        + " runs to the end, 1 distinct digest");
    }

    /**
     * When a driver dies.
     *
     * @param line of the driver's output that it follows, from 1, or 0 for its start: on a busy machine no fixed time
     *     after the start is sure to meet a round
     * @param micros microseconds after that
     */
    private record Death(int line, int micros) {

        void come(Process process) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
            // The process itself would also close its output, with the last lines in it unread.
            process.toHandle().destroyForcibly();
        }
    }

    private static Life live(Path run, Optional<Death> death) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx64m",
                        "-Xshare:auto",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TrainingProcess.class.getName(),
                        "file:" + run)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<CompletableFuture<Void>> deaths = new ArrayList<>();
        Consumer<Integer> said = line -> death.filter(one -> one.line() == line)
                .ifPresent(one -> deaths.add(CompletableFuture.runAsync(() -> one.come(process))));
        said.accept(0);
        int lines = 0;
        int recovered = -1;
        int finished = 0;
        int committed = 0;
        String digest = "";
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                said.accept(++lines);
                List<String> words = List.of(line.split(" "));
                switch (words.get(0)) {
                    case "recovered" -> recovered = Integer.parseInt(words.get(1));
                    case "finished" -> finished = Integer.parseInt(words.get(1));
                    case "committed" -> committed = Integer.parseInt(words.get(1));
                    case "digest" -> digest = words.get(1);
                    default -> throw new AssertionError("The driver said '" + line + "'");
                }
            }
        }
        assertThat(process.waitFor()).as("how the driver ended").isIn(0, 137);
        deaths.forEach(CompletableFuture::join);
        CheckpointReader reader = new CheckpointReader(new LocalFileStore(), new Location("file:" + run));
        assertThat(reader.recover().everythingIsLost()).isFalse();
        return new Life(recovered, finished, committed, digest);
    }
}
