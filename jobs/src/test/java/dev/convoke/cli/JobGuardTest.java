package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.Signals;
import dev.convoke.spark.SharedSpark;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class JobGuardTest {

    @Test
    void aJobThatAStopCutShortIsNoDefect() {
        SparkException cancelled = new SparkException("Job 7 cancelled part of cancelled job group");
        try (JobGuard guard = JobGuard.over(SharedSpark.local())) {
            assertThat(ExitCode.of(guard.explained(cancelled))).isEqualTo(ExitCode.DEFECT);
            guard.checkNotStopped();

            guard.requestStop();

            assertThat(ExitCode.of(guard.explained(cancelled))).isEqualTo(ExitCode.STOPPED);
            assertThat(ExitCode.of(guard.explained(new UsageException("a typo"))))
                    .isEqualTo(ExitCode.USAGE);
            assertThatThrownBy(guard::checkNotStopped)
                    .isInstanceOf(StopRequestedException.class)
                    .hasMessage("stopped on request; the same command continues");
        }
    }

    @Test
    void aSignalIsARequestWhileGuardedAndEndsTheProcessAgainAfterwards() throws Exception {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Listener.class.getName())
                .redirectErrorStream(true)
                .start();

        boolean ended = process.waitFor(60, TimeUnit.SECONDS);

        assertThat(ended).isTrue();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("asked: true");
        assertThat(process.exitValue()).isEqualTo(143);
    }

    /** Sends itself a signal while it listens, and one afterwards. */
    static final class Listener {

        private Listener() {}

        public static void main(String[] arguments) throws Exception {
            try (StopSignal stop =
                    new StopSignal(new StopSignal.Limit(60, () -> {}), new StopSignal.Limit(60, () -> {}))) {
                stop.listen();
                Signals.send(ProcessHandle.current().pid(), "TERM");
                for (int i = 0; i < 1_000 && !stop.isRequested(); i++) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
                System.out.println("asked: " + stop.isRequested());
            }
            Signals.send(ProcessHandle.current().pid(), "TERM");
            TimeUnit.SECONDS.sleep(50);
        }
    }
}
