package dev.convoke.spark.rounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.training.SavedState;
import java.util.List;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.Test;
import scala.Option;

class StateTasksTest {

    @Test
    void ownersOfOneExecutorWriteOneAfterTheOtherAndTheSlowestExecutorCounts() {
        List<StateTasks.Saved> saved =
                List.of(saved("executor-1", 0, 30), saved("executor-2", 20, 50), saved("executor-1", 10, 40));

        SavedState whole = StateTasks.whole(saved);

        assertThat(whole.writeMillis()).isEqualTo(30 + 40);
        assertThat(whole.slices()).extracting(SliceEntry::offset).containsExactly(0, 10, 20);
    }

    private static StateTasks.Saved saved(String executor, int offset, double millis) {
        StateTasks.Files.Entry entry = new StateTasks.Files.Entry("slice-" + offset, offset, 10, "digest");
        return new StateTasks.Saved(
                BlockManagerId.apply(executor, "localhost", 7000, Option.empty()), List.of(entry), millis, List.of());
    }
}
