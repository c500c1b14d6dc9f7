package dev.convoke.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {

    @Test
    void aBenchmarkThatDoesNotExistIsAUsageError() {
        assertThat(Main.execute("nonsense")).isEqualTo(2);
        assertThat(Main.execute()).isEqualTo(2);
        assertThat(Main.execute("--help")).isZero();
    }
}
