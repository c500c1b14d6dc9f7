package dev.convoke.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import org.junit.jupiter.api.Test;

class BytesScenarioTest {

    private final Scenario scenario = References.make("op-conv-rgb").scenario();

    @Test
    void aReplicaThatReadsBytesAsTheyAreMeantPasses() {
        try (Replica replica = reading(References.onCpu(scenario, Precision.FLOAT32), 0)) {
            assertThat(new BytesScenario(scenario).sameBits(replica)).isTrue();
        }
    }

    @Test
    void oneValueThatIsReadAsAnotherFails() {
        try (Replica replica = reading(References.onCpu(scenario, Precision.FLOAT32), 1e-3f)) {
            assertThat(new BytesScenario(scenario).sameBits(replica)).isFalse();
        }
    }

    @Test
    void onlyImagesOfThreeColoursAreBytes() {
        assertThat(new BytesScenario(scenario).isPossible()).isTrue();
        assertThat(new BytesScenario(References.make("op-conv").scenario()).isPossible())
                .isFalse();
    }

    /** Reads bytes for a replica that does not, with an error in the first value. */
    private static Replica reading(Replica replica, float error) {
        return new TrainedOtherwise(replica, (batch, step) -> {
            if (batch.pixels().isEmpty()) {
                return replica.train(batch, step);
            }
            Minibatch floats = BytesScenario.rendered(batch);
            floats.images().put(0, floats.images().get(0) + error);
            return replica.train(floats, step);
        });
    }
}
