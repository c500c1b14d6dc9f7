package dev.convoke.bench.averaging;

import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.training.Averaging;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.TrainingSettings;
import org.apache.spark.api.java.JavaSparkContext;

/** Convoke's own rounds: what a training run does, with replicas that train nothing. */
final class ConvokeTransport implements Transport {

    private static final int EXAMPLES_A_WORKER = 4;

    private final SparkRoundRunner runner;
    private final RunPlan plan;
    private RunState state;
    private int round;

    ConvokeTransport(JavaSparkContext spark, TransportCase which) {
        int examples = EXAMPLES_A_WORKER * which.workers();
        TrainingSettings settings = new TrainingSettings(
                1, which.workers(), 1, 1000, Averaging.every(1), LearningRate.constant(0.1), 0, examples);
        this.plan = new RunPlan(settings, examples);
        this.runner = new SparkRoundRunner(
                spark, StorageAccess.ofClassPath(), "bench", new PayloadKit(which.values(), examples), plan);
        this.state = runner.start();
    }

    @Override
    public void round() {
        RunState before = state;
        state = runner.run(plan.round(round++), before).state();
        runner.release(before);
    }

    @Override
    public void close() {
        runner.release(state);
        runner.close();
    }
}
