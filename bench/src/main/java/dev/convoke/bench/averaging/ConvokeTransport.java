package dev.convoke.bench.averaging;

import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.training.Averaging;
import dev.convoke.training.LearningRate;
import dev.convoke.training.RoundResult;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import dev.convoke.training.TrainingSettings;
import java.util.Map;
import java.util.function.ToDoubleFunction;
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
    public Map<String, Double> round() {
        RunState before = state;
        RoundResult result = runner.run(plan.round(round++), before);
        state = result.state();
        runner.release(before);
        return Map.of(
                "receive", slowest(result, WorkerReport::receiveMillis),
                "send", slowest(result, WorkerReport::sendMillis),
                "average", result.phaseMillis().get("average"));
    }

    private static double slowest(RoundResult result, ToDoubleFunction<WorkerReport> phase) {
        return result.workers().stream().mapToDouble(phase).max().orElse(0);
    }

    @Override
    public void close() {
        runner.release(state);
        runner.close();
    }
}
