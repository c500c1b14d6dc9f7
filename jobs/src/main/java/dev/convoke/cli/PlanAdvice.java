package dev.convoke.cli;

import dev.convoke.config.Recipe;
import dev.convoke.engine.Engines;
import dev.convoke.spark.TaskGpus;
import dev.convoke.training.RunPlan;
import dev.convoke.training.cost.RoundBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/** What in a recipe or in Spark's settings cannot work, or works badly, said before anything starts. */
final class PlanAdvice {

    /** Spark's own default for {@code spark.driver.maxResultSize}. */
    private static final String RESULT_LIMIT = "1g";

    /** Of a split's bytes, in every epoch; more is worth other settings. */
    private static final double MOST_READ_TWICE = 0.15;

    private final SparkConf conf;
    private final ExecutorFit fit;
    private final List<String> warnings = new ArrayList<>();

    private PlanAdvice(SparkConf conf) {
        this.conf = conf;
        this.fit = new ExecutorFit(conf);
    }

    /** Returns the warnings, each with a remedy; none if everything fits. */
    static List<String> of(SparkConf conf, Recipe recipe, RunPlan plan, RoundBytes bytes, int executors) {
        PlanAdvice advice = new PlanAdvice(conf);
        advice.memory(bytes);
        advice.cores();
        advice.gpus(recipe);
        if (recipe.compute().master() == Recipe.Master.DL4J) {
            advice.dl4j(bytes);
        } else {
            advice.driver(bytes);
        }
        advice.turns(plan, executors);
        advice.warnings.addAll(ofShares(plan));
        return List.copyOf(advice.warnings);
    }

    /** Returns what is unwise in how the examples are divided, whatever the cluster. */
    static List<String> ofShares(RunPlan plan) {
        List<String> unwise = new ArrayList<>();
        int workers = plan.settings().workers();
        if (workers > plan.examples()) {
            unwise.add(workers + " workers for " + plan.examples() + " examples: some train nothing; lower 'workers'");
        }
        if (plan.roundsBefore(1) == 1) {
            unwise.add("the averaging frequency is as long as an epoch, " + plan.stepsPerEpoch()
                    + " steps: each epoch is one round; lower 'averaging.frequency'");
        }
        return List.copyOf(unwise);
    }

    /**
     * Returns a warning if an epoch reads far more bytes than the split has. A row group at the border of two workers'
     * shares is read by both, whole.
     *
     * @param groups row groups of the split, about equally large
     */
    static Optional<String> ofBorders(RunPlan plan, long groups) {
        int workers = plan.settings().workers();
        double more = (workers - 1.0) / groups;
        return more <= MOST_READ_TWICE
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%,d workers share %,d row groups: those at their borders are read twice, %.0f %% more bytes"
                                + " in every epoch; shard with a smaller --row-group-kb, or lower 'workers'",
                        workers,
                        groups,
                        100 * more));
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
        if (fit.takesAllCores()) {
            warnings.add(
                    "spark.executor.cores is not set: an executor takes all cores its node offers, and holds as many"
                            + " workers as fit; set spark.executor.cores=" + task);
        }
        if (fit.coresProblem().isPresent()) {
            warnings.add(fit.coresProblem().get());
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
        } else if (needed) {
            TaskGpus.problem(conf).ifPresent(warnings::add);
            if (fit.coresProblem().isEmpty()) {
                TaskGpus.slotsWithout(conf, fit.workersInExecutor()).ifPresent(warnings::add);
            }
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

    private void driver(RoundBytes bytes) {
        if (bytes.driver() > RoundBytes.DRIVER_LIMIT) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the driver of %,d workers moves %.1f MB a round, more than %d MB, and workers send each other %,d"
                            + " messages: every round waits for it; use fewer workers with more cores or a GPU each, and"
                            + " raise averaging.frequency",
                    bytes.workers(),
                    bytes.driver() / 1e6,
                    RoundBytes.DRIVER_LIMIT / 1_000_000,
                    bytes.messages()));
        }
    }

    private void turns(RunPlan plan, int executors) {
        int workers = plan.settings().workers();
        if (executors < workers) {
            warnings.add(workers + " workers on " + executors + " executors take turns: a round lasts "
                    + (workers + executors - 1) / executors + " times as long");
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%d", (bytes >> 20) + 1);
    }
}
