package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.JavaProcess;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.States;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The same steps of real networks in float32, again in one process and in another. */
class SameBitsTest {

    private static final int EXAMPLES = 4;
    private static final int CLASSES = 4;
    private static final int STEPS = 2;
    private static final String ENDED = "ended with ";

    @Test
    void aSecondReplicaAndASecondProcessEndWithTheSameBits() throws IOException, InterruptedException {
        List<String> first = endings();

        List<String> again = endings();
        // How many threads the process has otherwise must not matter.
        String elsewhere = JavaProcess.output(Map.of("OMP_NUM_THREADS", "1"), List.of("-Xmx512m"), Elsewhere.class);

        assertThat(first).hasSize(3);
        assertThat(again).isEqualTo(first);
        assertThat(elsewhere.lines().filter(line -> line.contains(ENDED))).isEqualTo(first);
    }

    /** Trains in a process of its own and says what came of it. */
    static final class Elsewhere {

        public static void main(String[] arguments) {
            endings().forEach(System.out::println);
        }
    }

    private static List<String> endings() {
        return Stream.of(new Case("alexnet", 67), new Case("inception-v1", 32), new Case("resnet34", 32))
                .map(one -> one.architecture() + " " + ENDED + ending(one))
                .toList();
    }

    private record Case(String architecture, int pixels) {}

    /** Returns the losses of some steps, to the bit, and a hash of the state after them. */
    private static String ending(Case one) {
        ImageShape shape = ImageShape.rgb(one.pixels());
        NetworkJob job = new NetworkJob(
                new NetworkSpec(one.architecture(), shape, CLASSES, null),
                new OptimizerSpec(0.9, 1e-4, 0),
                3,
                "onednn",
                Precision.FLOAT32,
                EXAMPLES);
        StringBuilder ending = new StringBuilder();
        try (Replica replica = job.openReplica(2)) {
            for (int step = 0; step < STEPS; step++) {
                Minibatch batch = TestBatches.separable(shape, CLASSES, EXAMPLES, step);
                batch.resize(EXAMPLES - step % 2);
                ending.append(Double.toHexString(
                                replica.train(batch, new Step(0.01, step)).lossSum()))
                        .append(' ');
            }
            return ending.append(Arrays.hashCode(States.of(replica))).toString();
        }
    }
}
