package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.engine.Engines;
import dev.convoke.training.RunPlan;
import dev.convoke.training.cost.RoundBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/** What in a recipe or in Spark's settings cannot work, or works badly, said before anything starts. */
final class PlanAdvice {

    /** Spark's own default for {@code spark.driver.maxResultSize}. */
    private static final String RESULT_LIMIT = "1g";

    private final SparkConf conf;
    private final List<String> warnings = new ArrayList<>();

    private PlanAdvice(SparkConf conf) {
        this.conf = conf;
    }

    /** Returns the warnings, each with a remedy; none if everything fits. */
    static List<String> of(SparkConf conf, Recipe recipe, RunPlan plan, RoundBytes bytes, int executors) {
        PlanAdvice advice = new PlanAdvice(conf);
        advice.memory(bytes);
        advice.cores();
        advice.gpus(recipe);
        if (recipe.compute().master() == Recipe.Master.DL4J) {
            advice.dl4j(bytes);
        }
        advice.shares(plan, executors);
        return List.copyOf(advice.warnings);
    }

    private void memory(RoundBytes bytes) {
        if (!conf.getBoolean("spark.memory.offHeap.enabled", false)) {
            warnings.add("state lies on the executors' heap, which costs time: set spark.memory.offHeap.enabled=true"
                    + " and spark.memory.offHeap.size=" + megabytes(bytes.executorBlocks()) + "m");
            // Spark keeps 60 % of the heap less 300 MB for itself.
            long heap = (long) (bytes.executorBlocks() / 0.6) + (300L << 20);
            require("spark.executor.memory", "1g", heap, "or state goes to disk");
            return;
        }
        require("spark.memory.offHeap.size", "0", bytes.executorBlocks(), "or state goes to disk");
    }

    private void require(String key, String preset, long bytes, String consequence) {
        long given = JavaUtils.byteStringAsBytes(conf.get(key, preset));
        if (given < bytes) {
            warnings.add(key + " is " + conf.get(key, preset) + ", a round needs " + megabytes(bytes) + "m: raise it, "
                    + consequence);
        }
    }

    private void cores() {
        int task = conf.getInt("spark.task.cpus", 1);
        int executor = conf.getInt("spark.executor.cores", task);
        if (new ExecutorFit(conf).takesAllCores()) {
            warnings.add(
                    "spark.executor.cores is not set: an executor takes all cores its node offers, and holds as many"
                            + " workers as fit; set spark.executor.cores=" + task);
        }
        if (task > executor) {
            warnings.add("spark.task.cpus is " + task + " and spark.executor.cores " + executor
                    + ": no task can ever start; lower the first or raise the second");
        } else if (executor / task > 1) {
            warnings.add("spark.executor.cores " + executor + " with spark.task.cpus " + task + " puts "
                    + executor / task + " workers into one executor: set spark.task.cpus=" + executor
                    + " so that one worker has all its cores");
        }
    }

    private void gpus(Recipe recipe) {
        boolean asked = conf.getInt("spark.executor.resource.gpu.amount", 0) > 0
                || conf.getDouble("spark.task.resource.gpu.amount", 0) > 0;
        boolean needed = Engines.byName(recipe.compute().engine()).needsGpu();
        if (asked && !needed) {
            warnings.add("GPUs are asked for, and engine " + recipe.compute().engine() + " does not compute on them:"
                    + " remove spark.executor.resource.gpu.amount and spark.task.resource.gpu.amount, or choose"
                    + " engine: cuda");
        } else if (needed && !asked) {
            warnings.add("engine cuda needs a GPU for each worker, and none is asked for: set"
                    + " spark.executor.resource.gpu.amount=1 and spark.task.resource.gpu.amount=1");
        }
    }

    private void dl4j(RoundBytes bytes) {
        long limit = JavaUtils.byteStringAsBytes(conf.get("spark.driver.maxResultSize", RESULT_LIMIT));
        if (limit > 0 && bytes.dl4jResults() > limit) {
            warnings.add("DL4J's master brings " + megabytes(bytes.dl4jResults()) + "m of results to the driver, and"
                    + " spark.driver.maxResultSize is " + conf.get("spark.driver.maxResultSize", RESULT_LIMIT)
                    + ": every round will abort; raise it, or use averaging.master: convoke");
        }
        require("spark.driver.memory", "1g", bytes.dl4jDriverMemory(), "or the driver runs out of memory");
    }

    private void shares(RunPlan plan, int executors) {
        int workers = plan.settings().workers();
        if (executors < workers) {
            warnings.add(workers + " workers on " + executors + " executors take turns: a round lasts "
                    + (workers + executors - 1) / executors + " times as long");
        }
        if (workers > plan.examples()) {
            warnings.add(
                    workers + " workers for " + plan.examples() + " examples: some train nothing; lower 'workers'");
        }
        int epochRounds = plan.roundsBefore(1);
        if (epochRounds == 1) {
            warnings.add("the averaging frequency is as long as an epoch, " + plan.stepsPerEpoch()
                    + " steps: each epoch is one round; lower 'averaging.frequency'");
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%d", (bytes >> 20) + 1);
    }
}
