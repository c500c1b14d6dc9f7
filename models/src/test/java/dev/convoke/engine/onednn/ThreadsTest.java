package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engine.ReplicaSettings;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.models.TinyNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A replica computes with as many threads as it was given, oneDNN's among them. */
class ThreadsTest {

    /** As the system shortens names; threads that native code starts have the name of the one that started them. */
    private static final String NATIVE = "onednn-replica";

    private static final String TEAM = "onednn-team-";

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aReplicaHasItsOwnThreadsAndNoMore(int threads) throws IOException {
        long others = count(NATIVE) + count(TEAM);
        ReplicaSettings settings = new ReplicaSettings(threads, 6, Precision.FLOAT32);
        try (Replica replica =
                Engines.byName("onednn").open(TinyNetwork.configure(OptimizerSpec.SGD, 0, 7), settings)) {
            replica.train(TestBatches.separable(TinyNetwork.INPUT, TinyNetwork.CLASSES, 6, 1), new Step(0.01, 1));

            assertThat(count(NATIVE) - others).as("its own and oneDNN's").isEqualTo(threads);
            assertThat(count(TEAM)).as("those that do the rest beside its own").isEqualTo(threads - 1);
        }
    }

    private static long count(String name) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            List<Path> all = tasks.toList();
            long count = 0;
            for (Path task : all) {
                count += Files.readString(task.resolve("comm")).startsWith(name) ? 1 : 0;
            }
            return count;
        }
    }
}
