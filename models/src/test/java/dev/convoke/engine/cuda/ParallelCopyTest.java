package dev.convoke.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class ParallelCopyTest {

    private static final int MANY = 700_001;

    @Test
    void everyValueArrivesWithAnyNumberOfThreadsAndNothingElseIsTouched() {
        FloatBuffer source = FloatBuffer.allocate(MANY + 10);
        for (int i = 0; i < source.capacity(); i++) {
            source.put(i, i + 1);
        }
        for (int threads = 1; threads <= 5; threads++) {
            for (int count : new int[] {0, 1, 1 << 18, 2 << 18, MANY}) {
                FloatBuffer target = FloatBuffer.allocate(MANY + 10);
                try (ParallelCopy copier = new ParallelCopy(threads)) {
                    ParallelCopy.finish(copier.start(source, 3, target, 5, count));
                }

                float[] expected = new float[MANY + 10];
                System.arraycopy(source.array(), 3, expected, 5, count);
                assertThat(target.array()).as(threads + " threads, " + count).isEqualTo(expected);
                assertThat(target.position()).isZero();
            }
        }
    }

    @Test
    void aFailureOfAHelperIsTheCallers() {
        try (ParallelCopy copier = new ParallelCopy(2)) {
            FloatBuffer source = FloatBuffer.allocate(1 << 19);
            FloatBuffer target = FloatBuffer.allocate((1 << 19) - 1);

            assertThatThrownBy(() -> ParallelCopy.finish(copier.start(source, 0, target, 0, 1 << 19)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Copying values of the state failed");
        }
    }
}
