package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {

    private long now = Long.MAX_VALUE - 1; // nanoTime may overflow

    @Test
    void somethingIsLetThroughOnceInAWhile() {
        Pace pace = new Pace(Duration.ofNanos(10), () -> now);
        assertThat(pace.isDue()).isFalse();

        now += 10;

        assertThat(pace.isDue()).isTrue();
        assertThat(pace.isDue()).isFalse();
        now += 9;
        assertThat(pace.isDue()).isFalse();
        now += 1;
        assertThat(pace.isDue()).isTrue();
    }
}
