package dev.convoke.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.bench.Interleaved.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InterleavedTest {

    private final List<String> order = new ArrayList<>();

    @Test
    void contendersTakeTurnsAndWarmUpsDoNotCount() {
        Map<String, Outcome> outcomes = new Interleaved(1, 2).measure(List.of(counting("a", 99), counting("b", 99)));

        assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
        assertThat(outcomes.keySet()).containsExactly("a", "b");
        assertThat(outcomes).containsEntry("b", new Outcome(List.of(2.0, 3.0), null));
    }

    @Test
    void aContenderThatFailsKeepsWhatItMeasuredAndLeavesTheOthersAlone() {
        Map<String, Outcome> outcomes = new Interleaved(0, 3).measure(List.of(counting("a", 2), counting("b", 99)));

        assertThat(order).containsExactly("a", "b", "a", "b", "b");
        assertThat(outcomes)
                .containsEntry("a", new Outcome(List.of(1.0), "java.io.IOException: turn 2 broke"))
                .containsEntry("b", new Outcome(List.of(1.0, 2.0, 3.0), null));
    }

    @Test
    void oneIsComparedWithAnotherTurnByTurn() {
        Outcome slowed = new Outcome(List.of(4.0, 1.0, 3.0), null);
        Outcome slowedToo = new Outcome(List.of(2.0, 1.0), "ended");

        assertThat(slowed.times(slowedToo)).isEqualTo(new Figure(1.5, 1, 2, 2));
        assertThat(slowed.times(new Outcome(List.of(), "never began"))).isNull();
        assertThat(slowed.figure()).isEqualTo(new Figure(3, 1, 4, 3));
    }

    /** Measures 1, 2, 3 and so on, and fails from a given call on. */
    private Contender counting(String name, int failing) {
        return new Contender() {
            private int calls;

            @Override
            public String name() {
                return name;
            }

            @Override
            public double measure() throws Exception {
                order.add(name);
                calls++;
                if (calls >= failing) {
                    throw new java.io.IOException("turn " + calls + " broke");
                }
                return calls;
            }
        };
    }
}
