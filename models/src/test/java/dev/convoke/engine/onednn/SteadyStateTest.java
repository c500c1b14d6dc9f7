package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.Replica;
import dev.convoke.engine.Replica.Step;
import dev.convoke.engine.ResidentMemory;
import dev.convoke.engine.TestBatches;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Once it has computed a minibatch of each size, a replica takes no more memory. */
class SteadyStateTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int CLASSES = 4;
    private static final int EXAMPLES = 4;
    private static final int STEPS = 6;
    private static final int MORE = 12;

    /** The few objects that carry a call to the replica's thread and its result back. */
    private static final long A_CALL = 2_000;

    /** What the JVM, its compilers and the allocator take meanwhile; a lost array a step would be more. */
    private static final long MEANWHILE = 16L << 20;

    static Stream<Arguments> replicas() {
        return Stream.of(
                Arguments.of("alexnet", 67, Precision.FLOAT32),
                Arguments.of("inception-v1", 64, Precision.FLOAT32),
                Arguments.of("resnet34", 32, Cpu.hasBfloat16() ? Precision.BFLOAT16 : Precision.FLOAT32));
    }

    @ParameterizedTest
    @MethodSource("replicas")
    void stepsAndPredictionsAllocateNothingForTheirOperations(String architecture, int pixels, Precision precision) {
        ImageShape shape = ImageShape.rgb(pixels);
        NetworkJob job = new NetworkJob(
                new NetworkSpec(architecture, shape, CLASSES, null),
                new OptimizerSpec(0.9, 1e-4, 0),
                1,
                "onednn",
                precision,
                EXAMPLES);
        Minibatch whole = TestBatches.separable(shape, CLASSES, EXAMPLES, 1);
        Minibatch brief = TestBatches.separable(shape, CLASSES, EXAMPLES, 2);
        brief.resize(EXAMPLES - 1);
        FloatBuffer probabilities = FloatBuffer.allocate(EXAMPLES * CLASSES);
        try (Replica replica = job.openReplica(2)) {
            steps(STEPS, replica, whole, brief, probabilities);
            long natives = Pointer.totalBytes();
            long heap = heapBytes();

            steps(STEPS, replica, whole, brief, probabilities);

            long taken = heapBytes() - heap;
            assertThat(Pointer.totalBytes()).as("native objects' bytes").isEqualTo(natives);
            assertThat(taken / (3 * STEPS)).as("heap bytes a call").isLessThan(A_CALL);
            long resident = ResidentMemory.bytes();
            steps(MORE, replica, whole, brief, probabilities);
            assertThat(ResidentMemory.bytes() - resident).as("bytes more").isLessThan(MEANWHILE);
        }
    }

    private static void steps(int count, Replica replica, Minibatch whole, Minibatch brief, FloatBuffer probabilities) {
        for (int step = 0; step < count; step++) {
            replica.train(whole, new Step(0.01, step));
            replica.train(brief, new Step(0.01, step));
            replica.predict(whole, probabilities.clear());
        }
    }

    private static long heapBytes() {
        long bytes = 0;
        for (long allocated : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            bytes += Math.max(0, allocated);
        }
        return bytes;
    }
}
