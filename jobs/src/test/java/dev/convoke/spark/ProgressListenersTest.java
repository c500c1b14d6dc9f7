package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.checkpoint.SliceEntry;
import dev.convoke.provenance.LogKeys;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.Location;
import dev.convoke.training.Averaging;
import dev.convoke.training.FakeKit;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainingSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.util.LongAccumulator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.Tuple4;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** How far jobs and tasks are: one class, because both need a Spark that takes seconds to start. */
class ProgressListenersTest {

    private static final FakeKit KIT = new FakeKit(List.of(12, 12), SoftmaxReplica.Options.MOMENTUM);

    private final JavaSparkContext spark = SharedSpark.local();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final LongAccumulator done = spark.sc().longAccumulator("images");
    private final TaskProgress progress =
            new TaskProgress(done, 20, "images", (now, total, unit) -> told.add(now + "/" + total + " " + unit));

    @TempDir
    private Path folder;

    @AfterEach
    void forgetTheRun() {
        spark.setLocalProperty(LogKeys.RUN, null);
    }

    @Test
    void openingReplicasIsToldOfForARunWithAName() {
        spark.setLocalProperty(LogKeys.RUN, "alexnet: initial state");

        opensReplicasAndNothingElseIsTold();
    }

    @Test
    void andForOneWithout() {
        opensReplicasAndNothingElseIsTold();
    }

    private void opensReplicasAndNothingElseIsTold() {
        RunPlan plan = plan();
        Location checkpoint = Location.parse(folder.resolve("round-000001").toString());
        JobProgress opening =
                JobProgress.ofReplicas(spark, (done, total, unit) -> told.add(done + "/" + total + " " + unit));
        try (opening;
                SparkRoundRunner runner =
                        new SparkRoundRunner(spark, StorageAccess.of(new Configuration()), "run-1", KIT, plan)) {
            RunState start = runner.start();
            awaitTold("1/2 replicas", "2/2 replicas");
            told.clear();

            RunState state = runner.run(plan.rounds(0).get(0), start).state();
            List<SliceEntry> slices = runner.save(state, checkpoint).slices();
            runner.restore(checkpoint, slices, 1);

            // The listener hears in order: had the round or the checkpoint been told of, it would stand before.
            awaitTold("1/2 replicas", "2/2 replicas");
        }
    }

    private void awaitTold(String... lines) {
        Awaitility.await().untilAsserted(() -> assertThat(told).containsExactly(lines));
    }

    private static RunPlan plan() {
        return new RunPlan(new TrainingSettings(1, 2, 4, 1, Averaging.every(3), LearningRate.constant(0.1), 0, 24), 24);
    }

    @Test
    void whatTasksHaveCountedIsToldUntilAllIsDone() {
        LongAccumulator counted = done;
        spark.sc().addSparkListener(progress);
        try {
            spark.parallelize(IntStream.range(0, 4).boxed().toList(), 4).foreach(part -> counted.add(5));

            Awaitility.await()
                    .untilAsserted(() -> assertThat(told)
                            .containsExactly("5/20 images", "10/20 images", "15/20 images", "20/20 images"));
        } finally {
            spark.sc().removeSparkListener(progress);
        }
    }

    @Test
    void runningTasksAreToldOfByTheirHeartbeatsAndOneThatStartsOverTakesNothingBack() {
        heartbeat(1, 4);
        heartbeat(2, 3);
        heartbeat(1, 0);
        heartbeat(1, 6);

        assertThat(told).containsExactly("4/20 images", "7/20 images", "9/20 images");
    }

    @Test
    void whatOtherAccumulatorsCountIsNotTold() {
        progress.onExecutorMetricsUpdate(update(1, done.id() + 1, 4));

        assertThat(told).isEmpty();
    }

    private void heartbeat(long task, long images) {
        progress.onExecutorMetricsUpdate(update(task, done.id(), images));
    }

    private static SparkListenerExecutorMetricsUpdate update(long task, long accumulator, long value) {
        AccumulableInfo info = new AccumulableInfo(
                accumulator, Option.empty(), Option.apply(value), Option.empty(), false, false, Option.empty());
        Seq<AccumulableInfo> values =
                JavaConverters.asScalaBuffer(List.of(info)).toSeq();
        Tuple4<Object, Object, Object, Seq<AccumulableInfo>> one = new Tuple4<>(task, 0, 0, values);
        return new SparkListenerExecutorMetricsUpdate(
                "0",
                JavaConverters.asScalaBuffer(List.of(one)).toSeq(),
                scala.collection.immutable.Map$.MODULE$.empty());
    }
}
