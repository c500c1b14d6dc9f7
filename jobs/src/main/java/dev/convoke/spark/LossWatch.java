package dev.convoke.spark;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/** Hears of executors that go while training is at work: it survives that, and somebody will want to know. */
public final class LossWatch extends SparkListener implements AutoCloseable {

    private final JavaSparkContext spark;
    private final Lost lost;

    /** Hears of one executor; called on Spark's listener thread. */
    @FunctionalInterface
    public interface Lost {

        /** An executor is gone. */
        void executor(String id, String reason);
    }

    private LossWatch(JavaSparkContext spark, Lost lost) {
        this.spark = spark;
        this.lost = lost;
    }

    /** Starts to listen, until closed. */
    public static LossWatch over(JavaSparkContext spark, Lost lost) {
        LossWatch watch = new LossWatch(spark, lost);
        spark.sc().addSparkListener(watch);
        return watch;
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
        lost.executor(removed.executorId(), removed.reason());
    }

    @Override
    public void close() {
        spark.sc().removeSparkListener(this);
    }
}
