package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StopSignalTest {

    @Test
    void oneRequestCountsAndItsLimitsComeInOrderTheFirstOneAgainAndAgain() {
        AtomicInteger rounds = new AtomicInteger();
        AtomicInteger processes = new AtomicInteger();
        try (StopSignal stop = new StopSignal(
                new StopSignal.Limit(0, rounds::incrementAndGet),
                new StopSignal.Limit(1, () -> processes.addAndGet(rounds.get() > 0 ? 1 : 1_000)))) {
            assertThat(stop.isRequested()).isFalse();

            stop.request();
            stop.request();

            assertThat(stop.isRequested()).isTrue();
            // A job that begins after the first time is given up, too.
            await().until(() -> rounds.get() >= 3);
            assertThat(processes).hasValue(1);
        }
    }

    @Test
    void aRequestWhileTheProcessEndsIsHarmless() {
        StopSignal stop = new StopSignal(new StopSignal.Limit(0, () -> {}), new StopSignal.Limit(0, () -> {}));
        stop.close();

        stop.request();

        assertThat(stop.isRequested()).isTrue();
    }
}
