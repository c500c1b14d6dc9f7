package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.Signals;
import dev.convoke.chaos.Saboteur.Harm;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors killed and paused on a seeded schedule while they train and save: every run ends in the bytes of one
 * process that nothing happens to. Long form: {@code -Dconvoke.chaos.executor-kills=300
 * -Dconvoke.chaos.executor-pauses=50}.
 */
class ExecutorChaosTest {

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void executorsThatAreKilledAndPausedGiveTheBytesOfOneProcess() throws Exception {
        int kills = ChaosLog.trials("executor-kills", 1);
        int pauses = ChaosLog.trials("executor-pauses", 1);
        ChaosLog log = new ChaosLog("executor kills and pauses", folder.resolve("log"));
        DisturbedRun run = new DisturbedRun(folder, log);
        try (JavaSparkContext spark = DisturbedRun.spark(new SparkConf(false))) {
            while (log.count("kill") < kills || log.count("pause") < pauses) {
                boolean mayKill = log.count("kill") < kills;
                boolean mayPause = log.count("pause") < pauses;
                run.train(spark, random -> harm(random, mayKill, mayPause));
            }
        }
        assertThat(log.count("kill")).isGreaterThanOrEqualTo(kills);
        log.report(
                log.count("kill") + log.count("pause"),
                log.count("kill") + " kills, " + log.count("pause") + " pauses, " + log.count("run")
                        + " runs, 1 distinct final digest");
    }

    private static Optional<Harm> harm(Random random, boolean mayKill, boolean mayPause) {
        boolean pause = random.nextInt(5) == 0 ? mayPause : !mayKill;
        int length = Saboteur.lengthMillis(random);
        int victim = random.nextInt(1 << 20);
        List<ProcessHandle> executors = executors();
        if (executors.isEmpty()) {
            return Optional.empty();
        }
        ProcessHandle executor = executors.get(victim % executors.size());
        return Optional.of(
                pause
                        ? new Harm("pause of " + length + " ms", () -> {
                            Signals.send(executor.pid(), "STOP");
                            Saboteur.last(length);
                            Signals.send(executor.pid(), "CONT");
                        })
                        : new Harm("kill", executor::destroyForcibly));
    }

    private static List<ProcessHandle> executors() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .toList();
    }
}
