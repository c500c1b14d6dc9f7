package dev.convoke.cli;

import dev.convoke.spark.ClusterException;
import dev.convoke.spark.ClusterWatch;
import dev.convoke.spark.rounds.SparkRoundRunner;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guards the jobs of a process from its first to its last: a SIGTERM becomes a request to stop, jobs that nobody runs
 * are ended, and what comes of either is told from failures. One for a process at a time.
 */
final class JobGuard implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobGuard.class);

    /** Leaves time to commit within the 30 seconds schedulers give before they kill. */
    private static final long WORK_SECONDS = 15;

    private static final long PROCESS_SECONDS = 28;

    private final JavaSparkContext spark;
    private final StopSignal stop;
    private final ClusterWatch cluster;
    private volatile boolean training;

    private JobGuard(JavaSparkContext spark) {
        this.spark = spark;
        this.stop = new StopSignal(
                new StopSignal.Limit(WORK_SECONDS, this::giveUp),
                new StopSignal.Limit(PROCESS_SECONDS, JobGuard::endNow));
        this.cluster = ClusterWatch.over(spark);
    }

    /** Guards the jobs of a context and listens to SIGTERM until closed. */
    static JobGuard over(JavaSparkContext spark) {
        JobGuard guard = new JobGuard(spark);
        guard.stop.listen();
        return guard;
    }

    /** Of a training only the rounds are given up: the job that writes a checkpoint is what the wait is for. */
    private void giveUp() {
        if (training) {
            spark.sc().cancelJobGroup(SparkRoundRunner.ROUNDS);
        } else {
            spark.sc().cancelAllJobs();
        }
    }

    /** What is committed is whole whatever is being written; its next owner takes the rest away. */
    private static void endNow() {
        LOG.error("No end {} s after the request to stop: ending now, what is committed counts", PROCESS_SECONDS);
        Runtime.getRuntime().halt(ExitCode.STOPPED.number());
    }

    /** Trains; meanwhile a request to stop leaves other jobs than rounds alone. */
    int training(IntSupplier work) {
        training = true;
        try {
            return work.getAsInt();
        } finally {
            training = false;
        }
    }

    /** Asks for a stop, as a SIGTERM does. */
    void requestStop() {
        stop.request();
    }

    /** Returns whether somebody asked for a stop. */
    boolean stopRequested() {
        return stop.isRequested();
    }

    /**
     * Does nothing if nobody asked for a stop.
     *
     * @throws StopRequestedException if somebody did
     */
    void checkNotStopped() {
        if (stopRequested()) {
            throw new StopRequestedException();
        }
    }

    /** Returns why the cluster's jobs were ended, if they were. */
    Optional<String> clusterFailure() {
        return cluster.reason();
    }

    /**
     * Does work.
     *
     * @throws RuntimeException saying what its failure means, if it fails
     */
    <T> T explaining(Supplier<T> work) {
        try {
            return work.get();
        } catch (Exception thrown) { // Spark throws its checked exceptions undeclared
            throw explained(thrown);
        }
    }

    /** Returns what a failure means: the cluster's, a stop that cut a job short, or what it says itself. */
    RuntimeException explained(Exception thrown) {
        Optional<String> ended = cluster.reason();
        if (ended.isPresent()) {
            return new ClusterException(ended.get(), thrown);
        }
        Exception meant = Main.explained(thrown);
        if (ExitCode.of(meant) == ExitCode.DEFECT && stopRequested()) {
            LOG.info("Stopped in the middle of a step: {}", meant.getMessage());
            return new StopRequestedException();
        }
        // Spark throws its checked exceptions undeclared.
        return meant instanceof RuntimeException failure
                ? failure
                : new IllegalStateException(String.valueOf(meant.getMessage()), meant);
    }

    @Override
    public void close() {
        stop.close();
        cluster.close();
    }
}
