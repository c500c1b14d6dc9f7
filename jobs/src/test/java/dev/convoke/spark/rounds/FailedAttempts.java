package dev.convoke.spark.rounds;

import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Counts the attempts of tasks that failed. */
final class FailedAttempts extends SparkListener {

    private final LongAdder count = new LongAdder();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.taskInfo().failed()) {
            count.increment();
        }
    }

    /** Returns how many failed, once everything that happened so far is counted. */
    long soFar(JavaSparkContext spark) throws TimeoutException {
        spark.sc().listenerBus().waitUntilEmpty();
        return count.sum();
    }
}
