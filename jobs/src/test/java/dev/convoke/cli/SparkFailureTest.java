package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.spark.ClusterException;
import dev.convoke.storage.StorageException;
import java.net.ConnectException;
import java.nio.file.FileSystemException;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class SparkFailureTest {

    private static final String MASTER = "spark://master:7077";

    @Test
    void whatSparkSaysOfItsClusterBecomesOneLineWithARemedy() {
        expect(
                ExitCode.STORAGE,
                "free space under spark.local.dir",
                new SparkException("Job aborted", new FileSystemException("/tmp/x", null, "No space left on device")));
        expect(
                ExitCode.STORAGE,
                "does not answer",
                new IllegalStateException("Cannot call methods on a stopped SparkContext.\nIt was"));
        expect(
                ExitCode.STORAGE,
                "gave up this application",
                new SparkException("Job aborted due to stage failure: Master removed our application: FAILED"));
        expect(
                ExitCode.STORAGE,
                "spark.executor.memoryOverhead",
                new SparkException("Job aborted due to stage failure: Task 2 in stage 3.0 failed 4 times, most recent"
                        + " failure: Lost task 2.3 in stage 3.0 (TID 9): ExecutorLostFailure (executor 5 exited)"));
        expect(
                ExitCode.STORAGE,
                "executors that held its data were lost",
                new SparkException("Job aborted due to stage failure: ResultStage 2 (collect) has failed the maximum"
                        + " allowable number of times: 4. Most recent failure reason: FetchFailedException"));
        expect(
                ExitCode.STORAGE,
                "--executor-memory",
                new SparkException("Lost task 0.0 in stage 6.0: java.lang.OutOfMemoryError: Java heap space"));
        expect(
                ExitCode.USAGE,
                "same distribution on every node",
                new SparkException("Lost task: java.io.InvalidClassException: a.B; local class incompatible: stream"));
        expect(
                ExitCode.USAGE,
                "every jar of lib/",
                new SparkException("Lost task\njava.lang.UnsatisfiedLinkError: no jnidnnl in java.library.path"));
    }

    @Test
    void whatIsNotKnownStaysADefect() {
        assertThat(SparkFailure.explain(MASTER, new IllegalStateException("A round has two results")))
                .isEmpty();
    }

    @Test
    void aStartThatFailsNamesTheSetting() {
        assertThat(atStart(new SparkException("Could not parse Master URL: 'spork'")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("write spark://host:port");
        assertThat(
                        atStart(
                                new IllegalArgumentException(
                                        "requirement failed: A secret key must be specified via the spark.authenticate.secret config.")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("CONVOKE_SECRET_FILE");
        assertThat(atStart(new NullPointerException()))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining(MASTER + " does not answer");
        assertThat(atStart(new IllegalStateException("wrapped", new ConnectException("Connection refused"))))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("write Spark's event log in hdfs://namenode/spark-events: connection refused");
    }

    @Test
    void anotherSparkOrScalaIsRefusedByItsVersion() {
        assertThatCode(() -> SparkVersion.check("3.5.1", "2.12.18")).doesNotThrowAnyException();
        for (List<String> other :
                List.of(List.of("3.5.9", "2.13.8"), List.of("3.4.4", "2.12.17"), List.of("4.0.1", "2.13.16"))) {
            assertThatThrownBy(() -> SparkVersion.check(other.get(0), other.get(1)))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("Spark " + other.get(0) + " with Scala " + other.get(1))
                    .hasMessageContaining("SPARK_HOME");
        }
    }

    @Test
    void aDriverThatAWorkerStartsTakesTheSecretItWasGivenAndNoOther() {
        SparkConf without = new SparkConf(false);
        SparkConf with = new SparkConf(false).set("spark.authenticate.secret", "its own");

        SparkContexts.takeSecret(without, "the cluster's");
        SparkContexts.takeSecret(with, "the cluster's");
        SparkContexts.takeSecret(with, null);

        assertThat(without.get("spark.authenticate.secret")).isEqualTo("the cluster's");
        assertThat(with.get("spark.authenticate.secret")).isEqualTo("its own");
    }

    @Test
    void oneProcessKeepsStateOutsideItsHeapUnlessToldOtherwise() {
        SparkConf unsaid = new SparkConf(false);
        SparkConf said = new SparkConf(false).set("spark.memory.offHeap.enabled", "false");

        SparkContexts.keepStateOffHeap(unsaid, 8L << 30);
        SparkContexts.keepStateOffHeap(said, 8L << 30);

        assertThat(unsaid.getBoolean("spark.memory.offHeap.enabled", false)).isTrue();
        assertThat(unsaid.getSizeAsBytes("spark.memory.offHeap.size")).isEqualTo(4L << 30);
        assertThat(said.getBoolean("spark.memory.offHeap.enabled", true)).isFalse();
    }

    private static RuntimeException atStart(Exception failure) {
        SparkConf conf = new SparkConf(false)
                .setMaster(MASTER)
                .set("spark.eventLog.enabled", "true")
                .set("spark.eventLog.dir", "hdfs://namenode/spark-events");
        return SparkFailure.atStart(conf, failure);
    }

    private static void expect(ExitCode code, String words, Exception failure) {
        assertThat(SparkFailure.explain(MASTER, failure)).hasValueSatisfying(meant -> {
            assertThat(ExitCode.of(meant)).isEqualTo(code);
            assertThat(meant.getMessage()).contains(words).hasLineCount(1);
        });
    }
}
