package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.training.cost.RoundBytes;
import dev.convoke.training.cost.WorkerMemory;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ExecutorFitTest {

    private static final RoundBytes VGG = new RoundBytes(1_074_000_000, 537_000_000, 1_074_000_000, 0, 4);
    private static final WorkerMemory MEMORY =
            WorkerMemory.of(VGG, new NetworkSpec("vgg16", ImageShape.rgb(224), 10, null), 32, 2);

    @Test
    void aContainerTooSmallForTheWorkerIsRefusedWithTheSizeItNeeds() {
        SparkConf conf = new SparkConf(false).setMaster("yarn").set("spark.executor.memory", "2g");

        assertThatThrownBy(() -> check(conf))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("it gets 384 MB")
                .hasMessageContaining("spark.executor.memoryOverhead=" + ((MEMORY.outsideHeap(1) >> 20) + 1) + "m");
        conf.set("spark.executor.memoryOverhead", ((MEMORY.outsideHeap(1) >> 20) + 1) + "m");
        assertThatCode(() -> check(conf)).doesNotThrowAnyException();
    }

    @Test
    void twoWorkersInAnExecutorNeedTwiceAsMuchButOneJvm() {
        long process = 2 * MEMORY.outsideHeap(1) - MEMORY.outsideHeap(2);

        assertThat(process).isEqualTo(384L << 20);
        SparkConf conf = new SparkConf(false)
                .setMaster("k8s://https://host")
                .set("spark.task.cpus", "4")
                .set("spark.executor.cores", "8")
                .set("spark.executor.memoryOverhead", ((MEMORY.outsideHeap(1) >> 20) + 1) + "m");
        assertThatThrownBy(() -> check(conf))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("2 worker(s) in an executor");
    }

    @Test
    void aStandaloneWorkerLimitsNothingUnlessSomebodySaysSo() {
        SparkConf conf = new SparkConf(false).setMaster("spark://host:7077");

        assertThatCode(() -> check(conf)).doesNotThrowAnyException();
        conf.set("spark.executor.memoryOverhead", "500");
        assertThatThrownBy(() -> check(conf)).isInstanceOf(UsageException.class).hasMessageContaining("it gets 500 MB");
    }

    @Test
    void aHeapTooSmallForTheShuffleWindowIsRefusedWithTheSizeItNeeds() {
        WorkerMemory imagenet = MEMORY.withWindow(16_384, 110_000, 10 << 20);
        SparkConf conf = new SparkConf(false).setMaster("spark://host:7077").set("spark.executor.memory", "1g");

        assertThat(imagenet.insideHeap(2)).isEqualTo(2 * (16_384L * 110_200 + (10 << 20)));
        assertThatThrownBy(() -> new ExecutorFit(conf).check(4, imagenet))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("spark.executor.memory is 1,024 MB: set spark.executor.memory=2310m")
                .hasMessageContaining("smaller shuffle_window");
        conf.set("spark.executor.memory", "2310m");
        assertThatCode(() -> new ExecutorFit(conf).check(4, imagenet)).doesNotThrowAnyException();
    }

    @Test
    void aPlanMadeWithoutAClusterLooksAtTheSettingsThatAreGiven() {
        WorkerMemory imagenet = MEMORY.withWindow(16_384, 110_000, 10 << 20);
        SparkConf conf = new SparkConf(false);

        assertThat(new ExecutorFit(conf).memoryProblems(imagenet)).isEmpty();
        conf.set("spark.executor.memory", "1g").set("spark.executor.memoryOverhead", "500m");
        assertThat(new ExecutorFit(conf).memoryProblems(imagenet))
                .hasSize(2)
                .anySatisfy(problem -> assertThat(problem).contains("it gets 500 MB"))
                .anySatisfy(problem -> assertThat(problem).contains("set spark.executor.memory=2310m"));
        assertThatCode(() -> new ExecutorFit(conf).check(4, imagenet)).doesNotThrowAnyException();
    }

    @Test
    void aTaskWithMoreThreadsThanItsExecutorHasCoresIsRefused() {
        SparkConf conf = new SparkConf(false)
                .setMaster("spark://host:7077")
                .set("spark.task.cpus", "8")
                .set("spark.executor.cores", "4");

        assertThatThrownBy(() -> check(conf))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no worker can ever start");
    }

    @Test
    void whatAnExecutorHasWhenNobodySaysItIsAsSparkTakesIt() {
        SparkConf standalone =
                new SparkConf(false).setMaster("spark://host:7077").set("spark.task.cpus", "8");
        SparkConf yarn = new SparkConf(false).setMaster("yarn").set("spark.task.cpus", "8");

        assertThat(new ExecutorFit(standalone).takesAllCores()).isTrue();
        assertThat(new ExecutorFit(standalone.clone().set("spark.executor.cores", "8")).takesAllCores())
                .isFalse();
        assertThat(new ExecutorFit(yarn).takesAllCores()).isFalse();
        assertThatThrownBy(() -> check(yarn))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("spark.executor.cores 1");
    }

    @Test
    void activationsOfVggAreThoseThatItsLayersHave() {
        // Thirteen convolutions, five pools and three dense layers, from their shapes by hand.
        long values = 2L * 64 * 224 * 224
                + 2L * 128 * 112 * 112
                + 3L * 256 * 56 * 56
                + 3L * 512 * 28 * 28
                + 3L * 512 * 14 * 14;
        assertThat(MEMORY.activations()).isBetween(2 * values * 32 * 4, 3 * values * 32 * 4);
        assertThat(MEMORY.minibatches()).isEqualTo(4L * 3 * 224 * 224 * 32 * 4);
    }

    private static void check(SparkConf conf) {
        new ExecutorFit(conf).check(4, MEMORY);
    }
}
