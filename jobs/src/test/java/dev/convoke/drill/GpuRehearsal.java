package dev.convoke.drill;

import dev.convoke.spark.GpuGrants;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.storage.Sha256;
import dev.convoke.training.Averaging;
import dev.convoke.training.Averaging.OuterOptimizer;
import dev.convoke.training.Averaging.UpdaterPolicy;
import dev.convoke.training.AveragingSchedule;
import dev.convoke.training.FakeKit;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundRunner;
import dev.convoke.training.RunPlan;
import dev.convoke.training.SoftmaxReplica;
import dev.convoke.training.TrainedRun;
import dev.convoke.training.TrainingSettings;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** The program of {@link GpuDrill}: trains on the cluster it is submitted to, one fake GPU for each worker. */
public final class GpuRehearsal {

    static final FakeKit KIT = new FakeKit(List.of(17, 30, 8, 22, 25), SoftmaxReplica.Options.MOMENTUM);

    private GpuRehearsal() {}

    /** Takes the folder of the notes and a folder for a checkpoint, both readable from everywhere. */
    public static void main(String[] arguments) {
        try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("gpu rehearsal"))) {
            GpuGrants.require(spark, plan().settings().workers());
            GpuKit kit = new GpuKit(KIT, arguments[0]);
            try (SparkRoundRunner runner =
                    new SparkRoundRunner(spark, StorageAccess.of(spark.hadoopConfiguration()), "gpus", kit, plan())) {
                System.out.println("DIGEST " + digest(runner, Path.of(arguments[1])));
            }
        }
    }

    static RunPlan plan() {
        return new RunPlan(
                new TrainingSettings(
                        23,
                        2,
                        4,
                        2,
                        new Averaging(AveragingSchedule.every(3), UpdaterPolicy.AVERAGE, new OuterOptimizer(0.9, 0.5)),
                        LearningRate.cosine(0.1, 1),
                        0.1,
                        20),
                102);
    }

    static String digest(RoundRunner runner, Path folder) {
        FloatBuffer state = TrainedRun.of(runner, plan(), folder).state();
        ByteBuffer bytes = ByteBuffer.allocate(state.capacity() * Float.BYTES);
        bytes.asFloatBuffer().put(state);
        return Sha256.of(bytes.array());
    }
}
