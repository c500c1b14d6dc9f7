package dev.convoke.spark;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.SparkStatusTracker;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/**
 * Ends jobs that Spark would wait for without end: nothing runs because no executor is there or fits, or a task never
 * comes to an end. Limits: {@code spark.convoke.clusterPatience} (120s) and {@code spark.convoke.longestTask} (6h).
 */
public final class ClusterWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);

    private final Limits limits;
    private final Runnable cancel;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
        Thread thread = new Thread(runnable, "cluster-watch");
        thread.setDaemon(true);
        return thread;
    });
    private final LongSupplier nanoTime;

    private long idleSince;
    private long sameSince;
    private int lastProgress;
    private volatile @Nullable String reason;

    /**
     * How long nothing may happen.
     *
     * @param idle while a job waits and none of its tasks runs
     * @param same while the same tasks run
     */
    public record Limits(Duration idle, Duration same) {

        /** Reads the limits from Spark's configuration. */
        static Limits of(JavaSparkContext spark) {
            return new Limits(
                    Duration.ofSeconds(spark.getConf().getTimeAsSeconds("spark.convoke.clusterPatience", "120s")),
                    Duration.ofSeconds(spark.getConf().getTimeAsSeconds("spark.convoke.longestTask", "6h")));
        }
    }

    /**
     * What Spark is at.
     *
     * @param jobs that are not done
     * @param running tasks that run now
     * @param progress changes whenever a task starts or ends
     * @param executors other than the driver
     */
    record Sight(int jobs, int running, int progress, int executors) {

        static Sight of(JavaSparkContext spark) {
            SparkStatusTracker tracker = spark.sc().statusTracker();
            int[] stages = tracker.getActiveStageIds();
            int running = 0;
            int progress = Arrays.hashCode(stages);
            for (int stage : stages) {
                Option<SparkStageInfo> known = tracker.getStageInfo(stage);
                if (known.isDefined()) {
                    SparkStageInfo info = known.get();
                    running += info.numActiveTasks();
                    progress = Objects.hash(
                            progress, info.numActiveTasks(), info.numCompletedTasks(), info.numFailedTasks());
                }
            }
            return new Sight(
                    tracker.getActiveJobIds().length, running, progress, tracker.getExecutorInfos().length - 1);
        }
    }

    ClusterWatch(Limits limits, Runnable cancel, LongSupplier nanoTime) {
        this.limits = limits;
        this.cancel = cancel;
        this.nanoTime = nanoTime;
        this.idleSince = nanoTime.getAsLong();
        this.sameSince = idleSince;
    }

    /** Starts to watch a context until closed. */
    public static ClusterWatch over(JavaSparkContext spark) {
        ClusterWatch watch = new ClusterWatch(Limits.of(spark), () -> spark.sc().cancelAllJobs(), System::nanoTime);
        Future<?> unused = watch.timer.scheduleWithFixedDelay(() -> watch.look(spark), 1, 1, TimeUnit.SECONDS);
        return watch;
    }

    /**
     * Does work while a context is watched.
     *
     * @throws ClusterException if its jobs were ended; says why
     */
    public static <T> T during(JavaSparkContext spark, Supplier<T> work) {
        try (ClusterWatch watch = over(spark)) {
            return watch.explaining(work);
        }
    }

    <T> T explaining(Supplier<T> work) {
        try {
            return work.get();
        } catch (Exception failure) { // Spark throws its checked exception without declaring it
            String ended = reason;
            if (ended != null) {
                throw new ClusterException(ended, failure);
            }
            throw failure;
        }
    }

    /** Returns why jobs were ended, if they were. */
    public Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private void look(JavaSparkContext spark) {
        try {
            see(Sight.of(spark));
        } catch (RuntimeException stopped) {
            // The context ends while it is looked at; whoever uses it says so.
            LOG.debug("Cannot look at the cluster", stopped);
        }
    }

    void see(Sight sight) {
        long now = nanoTime.getAsLong();
        if (sight.jobs() == 0 || sight.running() > 0) {
            idleSince = now;
        }
        if (sight.jobs() == 0 || sight.progress() != lastProgress) {
            sameSince = now;
            lastProgress = sight.progress();
        }
        Duration idle = Duration.ofNanos(now - idleSince);
        Duration same = Duration.ofNanos(now - sameSince);
        if (idle.compareTo(limits.idle()) > 0) {
            end("No task has run for " + idle.toSeconds() + " s though one waits: need at least 1 executor with"
                    + " spark.task.cpus free cores, have " + sight.executors()
                    + " executors. Check the workers and the queue (that an executor has as many cores as a task asks"
                    + " for, and in the workers' logs that executors do not end as soon as they start, as on a full"
                    + " disk), or wait longer with spark.convoke.clusterPatience; what is committed is intact");
            idleSince = now;
        } else if (same.compareTo(limits.same()) > 0) {
            end("The same " + sight.running() + " tasks have run for " + same.toSeconds()
                    + " s without an end: look at their executors' threads, or allow more with"
                    + " spark.convoke.longestTask; what is committed is intact");
            sameSince = now;
        }
    }

    private void end(String why) {
        LOG.error(why);
        reason = why;
        cancel.run();
    }
}
