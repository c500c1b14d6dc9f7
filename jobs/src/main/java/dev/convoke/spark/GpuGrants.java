package dev.convoke.spark;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.Option;
import scala.collection.Iterator;

/** Waits until a cluster has granted a run the GPUs it needs, for a limited time. */
public final class GpuGrants {

    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();

    private final Supplier<Map<String, Integer>> granted;
    private final LongSupplier nanoTime;
    private final Runnable pause;

    GpuGrants(Supplier<Map<String, Integer>> granted, LongSupplier nanoTime, Runnable pause) {
        this.granted = granted;
        this.nanoTime = nanoTime;
        this.pause = pause;
    }

    /**
     * Returns once every worker has a GPU of its own.
     *
     * @throws dev.convoke.engine.EngineUnavailableException if the settings ask for too few
     * @throws ClusterException if fewer than needed are granted within {@code spark.convoke.clusterPatience}
     */
    public static void require(JavaSparkContext spark, int workers) {
        TaskGpus.requireAsked(spark.getConf());
        Duration patience =
                Duration.ofSeconds(spark.getConf().getTimeAsSeconds("spark.convoke.clusterPatience", "120s"));
        new GpuGrants(() -> granted(spark), System::nanoTime, () -> LockSupport.parkNanos(PAUSE_NANOS))
                .await(workers, patience);
    }

    void await(int workers, Duration patience) {
        long end = nanoTime.getAsLong() + patience.toNanos();
        Map<String, Integer> now = granted.get();
        while (sum(now) < workers) {
            if (nanoTime.getAsLong() > end) {
                throw new ClusterException(
                        "The recipe's " + workers + " workers need a GPU each, and after " + patience.toSeconds()
                                + " s Spark has granted " + sum(now) + " (by executor: " + now + "): add workers with"
                                + " GPUs, lower 'workers' in the recipe, or wait longer with"
                                + " spark.convoke.clusterPatience; nothing is computed on a CPU instead",
                        null);
            }
            pause.run();
            now = granted.get();
        }
    }

    private static int sum(Map<String, Integer> granted) {
        return granted.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Returns how many GPUs each executor has. */
    private static Map<String, Integer> granted(JavaSparkContext spark) {
        Map<String, Integer> gpus = new TreeMap<>();
        Iterator<ExecutorSummary> executors =
                spark.sc().statusStore().executorList(true).iterator();
        while (executors.hasNext()) {
            ExecutorSummary executor = executors.next();
            Option<ResourceInformation> has = executor.resources().get(TaskGpus.RESOURCE);
            if (has.isDefined()) {
                gpus.put(executor.id(), has.get().addresses().length);
            }
        }
        return gpus;
    }
}
