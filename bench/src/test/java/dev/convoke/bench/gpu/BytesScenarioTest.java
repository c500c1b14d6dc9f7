package dev.convoke.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.PixelImages;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class BytesScenarioTest {

    private final Scenario scenario = References.make("op-conv-rgb").scenario();

    @Test
    void aReplicaThatReadsBytesAsTheyAreMeantPasses() {
        try (Replica replica = new Reading(References.onCpu(scenario, Precision.FLOAT32), 0)) {
            assertThat(new BytesScenario(scenario).sameBits(replica)).isTrue();
        }
    }

    @Test
    void oneValueThatIsReadAsAnotherFails() {
        try (Replica replica = new Reading(References.onCpu(scenario, Precision.FLOAT32), 1e-3f)) {
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
    private record Reading(Replica replica, float error) implements Replica {

        @Override
        public StateLayout layout() {
            return replica.layout();
        }

        @Override
        public void readState(int offset, FloatBuffer target) {
            replica.readState(offset, target);
        }

        @Override
        public void writeState(int offset, FloatBuffer source) {
            replica.writeState(offset, source);
        }

        @Override
        public StepResult train(Minibatch batch, Step step) {
            if (batch.pixels().isEmpty()) {
                return replica.train(batch, step);
            }
            PixelImages pixels = batch.pixels().get();
            Minibatch floats = new Minibatch(batch.shape(), batch.classes(), batch.size());
            for (int row = 0; row < batch.size(); row++) {
                pixels.render(row, floats.images(), row * batch.shape().valueCount());
            }
            floats.images().put(0, floats.images().get(0) + error);
            floats.targets().put(0, batch.targets(), 0, batch.size() * batch.classes());
            floats.resize(batch.size());
            return replica.train(floats, step);
        }

        @Override
        public void predict(Minibatch batch, FloatBuffer probabilities) {
            replica.predict(batch, probabilities);
        }

        @Override
        public void close() {
            replica.close();
        }
    }
}
