package dev.convoke.bench.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TransportCaseTest {

    @Test
    void smallStatesAreMeasuredWithEightWorkersToo() {
        assertThat(TransportCase.workersFor(24)).containsExactly(1, 2, 4, 8);
        assertThat(TransportCase.workersFor(187)).containsExactly(1, 2, 4, 8);
        assertThat(TransportCase.workersFor(537)).containsExactly(1, 2, 4);
    }
}
