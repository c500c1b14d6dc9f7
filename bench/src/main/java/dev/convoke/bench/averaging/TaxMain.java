package dev.convoke.bench.averaging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.bench.Figure;
import dev.convoke.bench.NetworkKit;
import dev.convoke.bench.Row;
import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.spark.StorageAccess;
import dev.convoke.spark.rounds.SparkRoundRunner;
import dev.convoke.training.RoundResult;
import dev.convoke.training.RoundResult.WorkerReport;
import dev.convoke.training.RunPlan;
import dev.convoke.training.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Spark's tax: how fast one worker trains in an executor, with its examples fed to it, beside the same replica in a
 * bare loop over one minibatch in another process; in turn, with all processors each.
 */
public final class TaxMain {

    private static final int BATCH = 16;
    private static final int MINIBATCHES = 8;

    private TaxMain() {}

    /** Returns what became of a network's case, measured in a process of its own. */
    static Row row(String network, int repetitions, int limitSeconds) throws IOException, InterruptedException {
        CaseProcess.Outcome outcome = CaseProcess.run(
                List.of(TaxMain.class.getName(), network, "" + repetitions), List.of("-Xmx2g"), limitSeconds);
        Row.Builder row = Row.builder().label("case", "worker inside Spark").label("network", network);
        if (outcome.json() == null) {
            return row.label("error", String.valueOf(outcome.error())).build();
        }
        JsonNode rates = new ObjectMapper().readTree(outcome.json());
        List<Double> spark = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int turn = 0; turn < repetitions; turn++) {
            spark.add(rates.get("spark").get(turn).asDouble());
            bare.add(rates.get("bare").get(turn).asDouble());
            ratios.add(spark.get(turn) / bare.get(turn));
        }
        return row.label("unit", "examples/s")
                .figure("rate", Figure.of(spark))
                .further("bare_loop", Figure.of(bare))
                .further("ratio", Figure.of(ratios))
                .build();
    }

    /** Takes a network and how many turns count; one before them warms up. */
    public static void main(String[] arguments) throws Exception {
        NetworkKit kit = NetworkKit.ofOneRound(arguments[0], BATCH, MINIBATCHES);
        RunPlan plan = kit.plan();
        List<Double> inSpark = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        try (JavaSparkContext spark = new JavaSparkContext(configuration());
                SparkRoundRunner runner = new SparkRoundRunner(spark, StorageAccess.ofClassPath(), "tax", kit, plan);
                Replica replica = kit.openReplica(Runtime.getRuntime().availableProcessors())) {
            Minibatch minibatch = minibatch(kit);
            RunState state = runner.start();
            for (int turn = 0; turn <= Integer.parseInt(arguments[1]); turn++) {
                double alone = bareRate(replica, minibatch);
                RoundResult result = runner.run(plan.round(turn), state);
                runner.release(state);
                state = result.state();
                if (turn > 0) {
                    bare.add(alone);
                    inSpark.add(rate(result.workers().get(0)));
                }
            }
        }
        System.out.println(
                CaseProcess.MARK + new ObjectMapper().writeValueAsString(Map.of("spark", inSpark, "bare", bare)));
        System.exit(0);
    }

    private static SparkConf configuration() throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        int cores = Runtime.getRuntime().availableProcessors();
        return new SparkConf()
                .setMaster("local-cluster[1," + cores + ",2048]")
                .setAppName("bench averaging")
                .set("spark.ui.enabled", "false")
                .set("spark.task.cpus", "" + cores)
                .set("spark.executor.memory", "2048m")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set("spark.memory.offHeap.enabled", "true")
                .set("spark.memory.offHeap.size", "2g")
                .set("spark.local.dir", System.getenv("SPARK_HOME"))
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1");
    }

    private static Minibatch minibatch(NetworkKit kit) {
        Minibatch minibatch = new Minibatch(kit.imageShape(), kit.classes(), BATCH);
        minibatch.resize(BATCH);
        ImageLoader loader = kit.openLoader();
        List<Example> examples = kit.openExamples().read(0);
        for (int row = 0; row < BATCH; row++) {
            loader.load(examples.get(row), 0, minibatch.images(), row * loader.valueCount());
            minibatch.target(row, row % kit.classes(), 0);
        }
        return minibatch;
    }

    private static double bareRate(Replica replica, Minibatch minibatch) {
        long started = System.nanoTime();
        for (int step = 0; step < MINIBATCHES; step++) {
            replica.train(minibatch, new Replica.Step(NetworkKit.LEARNING_RATE, step));
        }
        return BATCH * MINIBATCHES / ((System.nanoTime() - started) / 1e9);
    }

    /** Returns how fast a worker trained, from its first example to its last; fetching the state is not in it. */
    private static double rate(WorkerReport report) {
        return report.examples() / ((report.computeMillis() + report.waitMillis()) / 1e3);
    }
}
