package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.engine.StateLayout;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlicesHereTest {

    private static final int LENGTH = 3;

    @Test
    void slicesThatFollowEachOtherAreWrittenAtOnceAndGivenBackWhenTheyAre() {
        Written replica = new Written(40 * LENGTH);
        List<Integer> givenBack = new ArrayList<>();

        try (SlicesHere here = new SlicesHere(replica, 16)) {
            for (int slice : new int[] {2, 3, 4, 9, 10, 0, 1}) {
                here.add(slice * LENGTH, slice(slice), () -> givenBack.add(slice));
                assertThat(givenBack)
                        .as("written only when something else comes")
                        .doesNotContain(slice);
            }
            here.write();
            here.add(2 * LENGTH, slice(2), () -> givenBack.add(2));
            here.write();
        }

        assertThat(replica.calls).containsExactly("3 from 6", "2 from 27", "2 from 0", "1 from 6");
        assertThat(givenBack).containsExactly(2, 3, 4, 9, 10, 0, 1, 2);
        for (int slice : givenBack) {
            assertThat(replica.state.slice(slice * LENGTH, LENGTH)).isEqualTo(slice(slice));
        }
    }

    @Test
    void noMoreAreHeldThanWereAllowed() {
        Written replica = new Written(40 * LENGTH);

        try (SlicesHere here = new SlicesHere(replica, 16)) {
            for (int slice = 0; slice < 18; slice++) {
                here.add(slice * LENGTH, slice(slice), () -> {});
            }
            here.write();
        }

        assertThat(replica.calls).containsExactly("16 from 0", "2 from " + 16 * LENGTH);
    }

    @Test
    void aReplicaThatFailsGivesEverythingBack() {
        List<Integer> givenBack = new ArrayList<>();

        assertThatThrownBy(() -> {
                    try (SlicesHere here = new SlicesHere(new Written(LENGTH), 16)) {
                        here.add(0, slice(0), () -> givenBack.add(0));
                        here.add(LENGTH, slice(1), () -> givenBack.add(1));
                        here.write();
                    }
                })
                .isInstanceOf(IndexOutOfBoundsException.class);

        assertThat(givenBack).containsExactly(0, 1);
    }

    private static FloatBuffer slice(int number) {
        FloatBuffer values = FloatBuffer.allocate(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            values.put(i, 1 + number * LENGTH + i);
        }
        return values;
    }

    /** A state that tells what was written at once. */
    private static final class Written implements Replica {

        private final FloatBuffer state;
        private final List<String> calls = new ArrayList<>();

        Written(int values) {
            state = FloatBuffer.allocate(values);
        }

        @Override
        public void writeState(int offset, List<FloatBuffer> sources) {
            calls.add(sources.size() + " from " + offset);
            Replica.super.writeState(offset, sources);
        }

        @Override
        public void writeState(int offset, FloatBuffer source) {
            state.slice(offset, source.remaining()).put(source);
        }

        @Override
        public StateLayout layout() {
            throw new UnsupportedOperationException("Nobody asks");
        }

        @Override
        public void readState(int offset, FloatBuffer target) {
            throw new UnsupportedOperationException("Nobody reads");
        }

        @Override
        public StepResult train(Minibatch batch, Step step) {
            throw new UnsupportedOperationException("Nobody trains");
        }

        @Override
        public void predict(Minibatch batch, FloatBuffer probabilities) {
            throw new UnsupportedOperationException("Nobody predicts");
        }

        @Override
        public void close() {}
    }
}
