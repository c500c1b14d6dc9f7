package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.EngineUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class GpuGrantsTest {

    private final AtomicLong nanos = new AtomicLong();

    @Test
    void itWaitsForExecutorsThatAreStillComing() {
        Deque<Map<String, Integer>> sights =
                new ArrayDeque<>(List.of(Map.of(), Map.of("0", 1), Map.of("0", 1, "1", 1)));

        grants(sights).await(2, Duration.ofSeconds(10));

        assertThat(sights).hasSize(1);
    }

    @Test
    void tooFewAreRefusedWithWhatWasGranted() {
        Deque<Map<String, Integer>> sights = new ArrayDeque<>(List.of(Map.of("0", 1)));

        assertThatThrownBy(() -> grants(sights).await(4, Duration.ofSeconds(10)))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("4 workers need a GPU each")
                .hasMessageContaining("granted 1 (by executor: {0=1})");
        assertThat(Duration.ofNanos(nanos.get())).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(12));
    }

    @Test
    void settingsThatGiveAWorkerNoGpuOfItsOwnAreRefused() {
        SparkConf conf = new SparkConf(false).setMaster("spark://host:7077");

        refused(conf, "spark.task.resource.gpu.amount is not set");
        conf.set("spark.executor.resource.gpu.amount", "1").set("spark.task.resource.gpu.amount", "0.5");
        refused(conf, "spark.task.resource.gpu.amount is 0.5");
        conf.set("spark.task.resource.gpu.amount", "1");
        assertThatCode(() -> TaskGpus.requireAsked(conf)).doesNotThrowAnyException();
        conf.setMaster("local[2]");
        refused(conf, "grants none");
    }

    @Test
    void workersThatFitAnExecutorsCoresAndGetNoGpuAreToldWithTheSettingToRaise() {
        SparkConf conf = new SparkConf(false).set("spark.executor.resource.gpu.amount", "2");

        assertThat(TaskGpus.slotsWithout(conf, 2)).isEmpty();
        assertThat(TaskGpus.slotsWithout(new SparkConf(false), 2)).isEmpty();
        assertThat(TaskGpus.slotsWithout(conf, 3))
                .hasValueSatisfying(problem -> assertThat(problem)
                        .contains("cores for 3 workers", "spark.executor.resource.gpu.amount is 2", "set it to 3")
                        .contains("spark.task.cpus until 2 workers"));
    }

    private static void refused(SparkConf conf, String words) {
        assertThatThrownBy(() -> TaskGpus.requireAsked(conf))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining(words);
    }

    /** The last sight stays; each pause is a second. */
    private GpuGrants grants(Deque<Map<String, Integer>> sights) {
        return new GpuGrants(
                () -> sights.size() > 1 ? sights.removeFirst() : sights.getFirst(),
                nanos::get,
                () -> nanos.addAndGet(Duration.ofSeconds(1).toNanos()));
    }
}
