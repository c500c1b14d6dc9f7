package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Replica.Step;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightedExamplesTest {

    private static final OptimizerSpec PLAIN = new OptimizerSpec(0, 0, 0);

    @Test
    void examplesOfWeightTwoTrainAsTheRateTwiceAsHighDoes() {
        for (String engine : List.of("dl4j", "onednn")) {
            float[] weighted = trained(engine, 2, 0.01);
            float[] faster = trained(engine, 1, 0.02);

            assertThat(weighted).as(engine).containsExactly(faster, within(2e-6f));
            assertThat(weighted).as(engine).isNotEqualTo(trained(engine, 1, 0.01));
        }
    }

    private static float[] trained(String engine, double weight, double rate) {
        Minibatch batch = TestBatches.separable(TinyNetwork.INPUT, 3, 4, 1);
        for (int row = 0; row < 4; row++) {
            batch.target(row, row % 3, 0.1);
            if (weight != 1) {
                batch.weigh(row, weight);
            }
        }
        try (Replica replica = Engines.byName(engine)
                .open(TinyNetwork.configure(PLAIN, 0, 5), new ReplicaSettings(1, 4, Precision.FLOAT32))) {
            replica.train(batch, new Step(rate, 1));
            return States.of(replica);
        }
    }
}
