package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.JavaProcess;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.ReplicaTooLargeException;
import dev.convoke.engine.ResidentMemory;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a replica may take is checked before it is taken. */
class MemoryLimitTest {

    private static final int EXAMPLES = 4;
    private static final ImageShape INPUT = ImageShape.rgb(67);

    @AfterEach
    void liftTheLimit() {
        System.clearProperty(MemoryLimit.PROPERTY);
    }

    @Test
    void whatIsTakenCountsAndTheMessageHasTheFigures() {
        MemoryLimit limit = new MemoryLimit(150_000_000, 50_000_000);

        limit.require(60_000_000, 40_000_000, 8);

        assertThatThrownBy(() -> limit.require(60_000_000, 40_000_001, 8))
                .isInstanceOf(ReplicaTooLargeException.class)
                .hasMessageContaining("minibatches of 8 needs 100 MB more, 60 for parameters")
                .hasMessageContaining("has 50 MB outside its heap and may take 150: use smaller minibatches");
    }

    @ParameterizedTest
    @ValueSource(strings = {"onednn", "auto"})
    void aReplicaThatDoesNotFitTakesNothingAndNoOtherEngineIsTried(String engine) {
        NetworkJob job = alexnet(engine, 1000);
        long parameterBytes = (long) job.layout().parameterCount() * Float.BYTES;
        job.openReplica(2).close();
        System.setProperty(MemoryLimit.PROPERTY, "1");

        long before = ResidentMemory.bytes();
        assertThatThrownBy(() -> job.openReplica(2))
                .isInstanceOf(ReplicaTooLargeException.class)
                .hasMessageContaining(String.format("%.0f for parameters", 2 * parameterBytes / 1e6));

        assertThat(ResidentMemory.bytes() - before).isLessThan(parameterBytes / 2);
    }

    @Test
    void aReplicaWhoseStepDoesNotFitTakesNothingAndGoesOnWhenThereIsRoom() {
        NetworkJob job = alexnet("onednn", 1000);
        long parameterBytes = (long) job.layout().parameterCount() * Float.BYTES;
        Minibatch batch = TestBatches.separable(INPUT, 1000, EXAMPLES, 1);
        try (Replica refused = job.openReplica(2);
                Replica undisturbed = job.openReplica(2)) {
            System.setProperty(MemoryLimit.PROPERTY, "1");
            long before = ResidentMemory.bytes();

            assertThatThrownBy(() -> refused.train(batch, new Step(0.01, 1)))
                    .isInstanceOf(ReplicaTooLargeException.class)
                    .hasMessageContaining("A replica for minibatches of " + EXAMPLES + " needs");

            assertThat(ResidentMemory.bytes() - before).isLessThan(parameterBytes / 2);
            System.clearProperty(MemoryLimit.PROPERTY);
            refused.train(batch, new Step(0.01, 1));
            undisturbed.train(batch, new Step(0.01, 1));
            assertThat(States.of(refused)).isEqualTo(States.of(undisturbed));
        }
    }

    @Test
    void aSecondReplicaInAProcessWithRoomForOneIsRefused() throws IOException, InterruptedException {
        String output = JavaProcess.output(
                // A heap that is whole from the start, so that only what is outside it grows.
                Map.of(), List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"), TwoReplicas.class);

        assertThat(output)
                .contains("the first has trained")
                .contains("the second: A replica for minibatches of " + EXAMPLES + " needs");
    }

    /** Opens two replicas under a limit that leaves the second a little less than it needs to be opened. */
    static final class TwoReplicas {

        public static void main(String[] arguments) {
            NetworkJob job = alexnet("onednn", 1000);
            long parameterBytes = (long) job.layout().parameterCount() * Float.BYTES;
            Explanation whole = Explanation.of(job, 2, Explanation.Purpose.TRAINING, 1);
            long taken = MemoryLimit.ofThisProcess().taken();
            long limit = taken + whole.parameterBytes() + whole.arenaBytes() + parameterBytes * 7 / 5;
            System.setProperty(MemoryLimit.PROPERTY, Long.toString(limit));
            try (Replica first = job.openReplica(2)) {
                first.train(TestBatches.separable(INPUT, 1000, EXAMPLES, 1), new Step(0.01, 1));
                System.out.println("the first has trained");
                job.openReplica(2).close();
                System.out.println("the second was opened");
            } catch (ReplicaTooLargeException e) {
                System.out.println("the second: " + e.getMessage());
            }
        }
    }

    private static NetworkJob alexnet(String engine, int classes) {
        return new NetworkJob(
                new NetworkSpec("alexnet", INPUT, classes, null),
                new OptimizerSpec(0.9, 0, 0),
                1,
                engine,
                Precision.FLOAT32,
                EXAMPLES);
    }
}
