package dev.convoke.cli;

import dev.convoke.training.cost.WorkerMemory;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a recipe's workers fit the executors that Spark's settings ask for: checked before anything starts. */
final class ExecutorFit {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutorFit.class);

    /** Spark's own defaults. */
    private static final long SMALLEST_OVERHEAD = 384L << 20;

    private static final double OVERHEAD_FACTOR = 0.1;

    /** What examples may take of a heap; Spark, the shuffle and garbage need the rest. */
    private static final double SHARE_FOR_WINDOWS = 0.75;

    private final SparkConf conf;

    ExecutorFit(SparkConf conf) {
        this.conf = conf;
    }

    /**
     * Refuses what cannot work; says once what works badly.
     *
     * @param workersOfRun how many workers the run has
     * @param memory what one of them needs
     * @throws UsageException naming the setting and the value it needs
     */
    void check(int workersOfRun, WorkerMemory memory) {
        if (isOneProcess()) {
            return;
        }
        int workers = workersInExecutor();
        if (takesAllCores()) {
            LOG.warn(
                    "spark.executor.cores is not set: an executor takes all cores its node offers and holds as many"
                            + " workers as fit, one for each {} cores; their memory is checked for one. Set"
                            + " spark.executor.cores={} to have one worker in an executor",
                    conf.getInt("spark.task.cpus", 1),
                    conf.getInt("spark.task.cpus", 1));
        }
        List<String> problems = memoryProblems(memory);
        if (!problems.isEmpty()) {
            throw new UsageException(problems.get(0));
        }
        if (overhead() < memory.outsideHeap(workers)) {
            LOG.info(
                    "{} (nothing limits that on {}; see that the nodes have it)",
                    outsideHeap(memory.outsideHeap(workers), workers),
                    conf.get("spark.master"));
        }
        if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
            LOG.warn(
                    "spark.dynamicAllocation.enabled takes idle executors away with the state they hold, and rounds are"
                            + " done again: the result stays the same; switch it off for a training, or set its"
                            + " minExecutors to the recipe's {} workers",
                    workersOfRun);
        }
    }

    /** Standalone workers give an executor all they have, unless told; the driver does not know how much that is. */
    boolean takesAllCores() {
        return conf.get("spark.master", "local").startsWith("spark://") && !conf.contains("spark.executor.cores");
    }

    /**
     * Returns how many workers an executor holds, as far as settings tell: one task is one worker, and computes with as
     * many threads as it has CPUs.
     *
     * @throws UsageException if that is none; Spark says so, too, but not what a worker has to do with it
     */
    int workersInExecutor() {
        coresProblem().ifPresent(problem -> {
            throw new UsageException(problem);
        });
        return executorCores() / taskCores();
    }

    /** Returns why an executor holds no worker, with the remedy; empty if it holds one. */
    Optional<String> coresProblem() {
        return taskCores() <= executorCores()
                ? Optional.empty()
                : Optional.of("spark.task.cpus is " + taskCores() + " and spark.executor.cores " + executorCores()
                        + ": no worker can ever start; a worker computes with spark.task.cpus threads, so set both to"
                        + " the cores an executor has");
    }

    private int taskCores() {
        return conf.getInt("spark.task.cpus", 1);
    }

    private int executorCores() {
        return conf.getInt("spark.executor.cores", isEnforced() ? 1 : taskCores());
    }

    /**
     * Returns what of an executor's memory is too small for its workers, each with the setting and the value it needs.
     * Of settings for a run in one process, only those that somebody has given are looked at.
     *
     * @param memory what one worker needs
     */
    List<String> memoryProblems(WorkerMemory memory) {
        if (coresProblem().isPresent()) {
            return List.of();
        }
        int workers = workersInExecutor();
        return Stream.of(
                        overheadProblem(memory.outsideHeap(workers), workers),
                        heapProblem(memory.insideHeap(workers), workers))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<String> overheadProblem(long needed, int workers) {
        if (overhead() >= needed || !(isOverheadGiven() || isEnforced())) {
            return Optional.empty();
        }
        return Optional.of(outsideHeap(needed, workers) + "; it gets " + (overhead() >> 20)
                + " MB: set spark.executor.memoryOverhead=" + ((needed >> 20) + 1) + "m, or use a smaller batch");
    }

    private static String outsideHeap(long needed, int workers) {
        return String.format(
                Locale.ROOT,
                "%d worker(s) in an executor need %,d MB outside its heap: state, gradients, activations, minibatches"
                        + " and the JVM itself",
                workers,
                (needed >> 20) + 1);
    }

    private long overhead() {
        double factor = conf.getDouble("spark.executor.memoryOverheadFactor", OVERHEAD_FACTOR);
        return isOverheadGiven()
                ? JavaUtils.byteStringAsMb(conf.get("spark.executor.memoryOverhead")) << 20
                : Math.max(SMALLEST_OVERHEAD, (long) (heap() * factor));
    }

    private boolean isOverheadGiven() {
        return conf.contains("spark.executor.memoryOverhead");
    }

    private Optional<String> heapProblem(long windows, int workers) {
        long needed = (long) (windows / SHARE_FOR_WINDOWS);
        if (needed <= heap() || (isOneProcess() && !conf.contains("spark.executor.memory"))) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%d worker(s) in an executor hold %,d MB of encoded examples in their shuffle windows, and"
                        + " spark.executor.memory is %,d MB: set spark.executor.memory=%dm, or use a smaller"
                        + " shuffle_window",
                workers,
                windows >> 20,
                heap() >> 20,
                (needed >> 20) + 1));
    }

    private long heap() {
        return JavaUtils.byteStringAsBytes(conf.get("spark.executor.memory", "1g"));
    }

    private boolean isOneProcess() {
        return SparkContexts.isEmbedded(conf)
                && !conf.get("spark.master", "local").startsWith("local-cluster");
    }

    /** YARN and Kubernetes end an executor that takes more; a standalone worker looks at the heap only. */
    private boolean isEnforced() {
        String master = conf.get("spark.master", "local");
        return master.startsWith("yarn") || master.startsWith("k8s");
    }
}
