package dev.convoke.checkpoint;

import static dev.convoke.checkpoint.CheckpointFixture.DIGEST;
import static dev.convoke.checkpoint.CheckpointFixture.IDENTITY;
import static dev.convoke.checkpoint.CheckpointFixture.LAYOUT;
import static dev.convoke.checkpoint.CheckpointFixture.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Segment;
import dev.convoke.storage.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckpointHeaderTest {

    private static final Location PLACE = new Location("file:/run/checkpoints/round-000003");
    private static final String OTHER = "f".repeat(64);
    private static final RunIdentity CHANGED = new RunIdentity(7, 2, 32, "every 4", OTHER, OTHER, OTHER);

    @Test
    void anEqualRunContinues() {
        assertThat(header(3).changesFor(PLACE, IDENTITY, LAYOUT, Set.of())).isEmpty();
    }

    @Test
    void allDifferencesAreNamedAtOnce() {
        assertThatThrownBy(() -> header(3).changesFor(PLACE, CHANGED, LAYOUT, Set.of()))
                .isInstanceOf(CheckpointMismatchException.class)
                .hasMessageContaining(PLACE.uri())
                .hasMessageContaining("seed: 42 in the checkpoint, 7 now")
                .hasMessageContaining("workers: 4 in the checkpoint, 2 now")
                .hasMessageContaining("batch: 16 in the checkpoint, 32 now")
                .hasMessageContaining("averaging: every 8 in the checkpoint, every 4 now")
                .hasMessageContaining("dataset: " + DIGEST)
                .hasMessageContaining("architecture: " + DIGEST)
                .hasMessageContaining("recipe: " + DIGEST);
    }

    @Test
    void whatIsAllowedGoesIntoTheHistory() {
        RunIdentity fewerWorkers = new RunIdentity(42, 2, 16, "every 8", DIGEST, DIGEST, DIGEST);

        List<Change> first = header(3).changesFor(PLACE, fewerWorkers, LAYOUT, Set.of("workers"));
        List<Change> second = new CheckpointHeader(5, 0, 9, fewerWorkers, LAYOUT, first)
                .changesFor(PLACE, IDENTITY, LAYOUT, Set.of("workers", "seed"));

        assertThat(second).containsExactly(new Change(3, "workers", "4", "2"), new Change(5, "workers", "2", "4"));
    }

    @Test
    void anotherNetworkIsRefusedWithItsFirstDifferingLayerWhateverIsAllowed() {
        List<Segment> segments = new ArrayList<>(LAYOUT.segments());
        segments.set(1, new Segment("conv", "b", StateLayout.Kind.BIAS, 40, 10));
        StateLayout other = new StateLayout(segments, 56, 44);

        assertThatThrownBy(() -> header(3).changesFor(PLACE, IDENTITY, other, Set.of("architecture")))
                .isInstanceOf(CheckpointMismatchException.class)
                .hasMessageContaining(
                        "first differing layer: conv b with 4 values in the checkpoint, conv b with 10 values now");

        StateLayout shorter = new StateLayout(LAYOUT.segments().subList(0, 2), 44, 44);
        assertThatThrownBy(() -> header(3).changesFor(PLACE, IDENTITY, shorter, Set.of()))
                .hasMessageContaining("norm mean with 6 values in the checkpoint, no more layers now");

        StateLayout withoutMomentum = new StateLayout(LAYOUT.segments(), 50, 0);
        assertThatThrownBy(() -> header(3).changesFor(PLACE, IDENTITY, withoutMomentum, Set.of()))
                .hasMessageContaining("updater state: 44 values in the checkpoint, 0 values now");
    }
}
