package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.spark.ClusterWatch.Sight;
import java.time.Duration;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class ClusterWatchTest {

    private long now;
    private int cancelled;
    private final ClusterWatch watch = new ClusterWatch(
            new ClusterWatch.Limits(Duration.ofMinutes(2), Duration.ofHours(6)), () -> cancelled++, () -> now);

    @Test
    void jobsThatNobodyRunsAreEndedWithWhatIsMissing() {
        seeFor(119, new Sight(1, 0, 7, 0));
        assertThat(cancelled).isZero();

        seeFor(3, new Sight(1, 0, 7, 0));

        assertThat(cancelled).isEqualTo(1);
        assertThat(watch.reason().orElseThrow())
                .contains("need at least 1 executor")
                .contains("have 0 executors")
                .contains("spark.convoke.clusterPatience");
    }

    @Test
    void aTaskThatNeverEndsIsEnded() {
        seeFor(6 * 3600 - 1, new Sight(1, 2, 7, 2));
        assertThat(cancelled).isZero();

        seeFor(3, new Sight(1, 2, 7, 2));

        assertThat(watch.reason().orElseThrow()).contains("The same 2 tasks").contains("spark.convoke.longestTask");
    }

    @Test
    void workAndRestAreLeftAlone() {
        for (int i = 0; i < 100; i++) {
            seeFor(100, new Sight(1, 0, i, 0));
            seeFor(100, new Sight(1, 1, i, 1));
            seeFor(400, new Sight(0, 0, i, 0));
        }

        assertThat(cancelled).isZero();
        assertThat(watch.reason()).isEmpty();
    }

    @Test
    void whateverWorkWasEndedSaysWhyAndOtherFailuresSayTheirOwn() {
        assertThatThrownBy(() -> watch.explaining(() -> {
                    throw new IllegalStateException("a defect");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a defect");

        assertThatThrownBy(() -> watch.explaining(() -> {
                    seeFor(122, new Sight(1, 0, 7, 0));
                    throw new IllegalStateException("Job 3 cancelled");
                }))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("need at least 1 executor")
                .hasRootCauseMessage("Job 3 cancelled");
    }

    @Test
    void aTaskThatTakesItsExecutorsWithItIsNamedWithTheRemedy() {
        SparkException given =
                new SparkException("Job aborted due to stage failure: Task 2 in stage 3.0 failed 4 times,"
                        + " most recent failure: Lost task 2.3 in stage 3.0 (TID 9) (host executor 5): ExecutorLostFailure"
                        + " (executor 5 exited caused by one of the running tasks) Reason: Command exited with code 137\n"
                        + "Driver stacktrace:");

        ClusterException told = LostExecutors.explain("Round 3", given).orElseThrow();

        assertThat(told)
                .hasMessageContaining("Round 3: task 2 (tasks are numbered as workers) lost its executor 4 times")
                .hasMessageContaining("Command exited with code 137")
                .hasMessageContaining("spark.executor.memoryOverhead")
                .hasMessageContaining("the same command goes on from there");
        assertThat(LostExecutors.explain("Round 3", new SparkException("Job 7 cancelled")))
                .isEmpty();
    }

    private void seeFor(long seconds, Sight sight) {
        for (long i = 0; i < seconds; i++) {
            now += Duration.ofSeconds(1).toNanos();
            watch.see(sight);
        }
    }
}
