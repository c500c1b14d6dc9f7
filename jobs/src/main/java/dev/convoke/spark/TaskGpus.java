package dev.convoke.spark;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Gpu;
import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** The GPUs that Spark grants: how many a run asks for, and which one a task has. */
public final class TaskGpus {

    /** What Spark calls them. */
    static final String RESOURCE = "gpu";

    private static final String OF_TASK = "spark.task.resource.gpu.amount";
    private static final String OF_EXECUTOR = "spark.executor.resource.gpu.amount";

    private TaskGpus() {}

    /**
     * Refuses settings under which a worker would not have a GPU of its own.
     *
     * @throws EngineUnavailableException naming the settings
     */
    public static void requireAsked(SparkConf conf) {
        String master = conf.get("spark.master", "local");
        if (master.startsWith("local")) {
            throw new EngineUnavailableException(
                    "The recipe's engine needs a GPU for each worker, and Spark embedded in"
                            + " this process (" + master
                            + ") grants none: run on a cluster whose workers have GPUs, or choose"
                            + " engine: onednn");
        }
        problem(conf).ifPresent(problem -> {
            throw new EngineUnavailableException(problem);
        });
    }

    /** Returns why workers would not have a GPU of their own on any cluster, with the remedy; empty if they would. */
    public static Optional<String> problem(SparkConf conf) {
        if (conf.getDouble(OF_TASK, 0) == 1 && conf.getInt(OF_EXECUTOR, 0) >= 1) {
            return Optional.empty();
        }
        return Optional.of("The recipe's engine needs a GPU for each worker, and " + OF_TASK + " is "
                + conf.get(OF_TASK, "not set") + " and " + OF_EXECUTOR + " is " + conf.get(OF_EXECUTOR, "not set")
                + ": set the first to 1 and the second to the workers an executor holds, such as 1");
    }

    /**
     * Returns which of an executor's workers get no GPU, with the remedy; empty if all get one, or none is asked for.
     *
     * @param workers that its cores have room for
     */
    public static Optional<String> slotsWithout(SparkConf conf, int workers) {
        int gpus = conf.getInt(OF_EXECUTOR, 0);
        if (gpus < 1 || gpus >= workers) {
            return Optional.empty();
        }
        return Optional.of("An executor has cores for " + workers + " workers, and " + OF_EXECUTOR + " is " + gpus
                + ": the cores of the others stay idle; set it to " + workers + " where a node has as many, or raise"
                + " spark.task.cpus until " + gpus + " workers take all its cores");
    }

    /**
     * Returns the GPU of the task that this thread runs.
     *
     * @throws EngineUnavailableException if the task was granted none, or more than one
     */
    public static Gpu ofThisTask() {
        ResourceInformation granted = TaskContext.get().resourcesJMap().get(RESOURCE);
        String[] addresses = granted == null ? new String[0] : granted.addresses();
        if (addresses.length != 1) {
            throw new EngineUnavailableException("A worker computes on one GPU, and this task was granted "
                    + addresses.length + " " + Arrays.toString(addresses) + ": set " + OF_TASK + "=1");
        }
        return Gpu.of(addresses[0]);
    }
}
