package dev.convoke.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.data.Example;
import dev.convoke.shard.ExampleGroups;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class GroupsAheadTest {

    private static final ExampleGroups ONE = new ExampleGroups() {

        @Override
        public List<Integer> sizes() {
            return List.of(1);
        }

        @Override
        public List<Example> read(int group) {
            return List.of(new Example("a.jpg", 0, new byte[1]));
        }
    };

    @Test
    void aGroupIsGivenInItsTurnAndToNobodyElse() {
        GroupsAhead ahead = new GroupsAhead(ONE, Runnable::run);
        ahead.begin(2, 5, 0, 1);

        assertThat(ahead.examples()).isEqualTo(1);
        assertThat(ahead.take(2, 6)).isEmpty();
        assertThat(ahead.take(2, 5))
                .hasValueSatisfying(examples -> assertThat(examples).hasSize(1));
        assertThat(ahead.examples()).isZero();
    }

    @Test
    void whoeverWaitsForAReaderThatIsShutDownCanBeInterrupted() {
        Executor never = task -> {};
        GroupsAhead ahead = new GroupsAhead(ONE, never);
        ahead.begin(0, 0, 0, 1);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> ahead.take(0, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Interrupted while waiting for a row group");

        assertThat(Thread.interrupted()).isTrue();
    }
}
