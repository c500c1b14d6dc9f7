package dev.convoke.spark;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple4;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * Reports how far running tasks are: what they add to an accumulator, as heartbeats and finished tasks tell. For people
 * only: nothing is decided by it.
 */
final class TaskProgress extends SparkListener {

    private final long accumulator;
    private final long total;
    private final String unit;
    private final ShardingProgress progress;
    private final Map<Long, Long> byTask = new HashMap<>();
    private long finished;
    private long reported;

    TaskProgress(LongAccumulator accumulator, long total, String unit, ShardingProgress progress) {
        this.accumulator = accumulator.id();
        this.total = total;
        this.unit = unit;
        this.progress = progress;
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        Iterator<Tuple4<Object, Object, Object, Seq<AccumulableInfo>>> tasks =
                update.accumUpdates().iterator();
        while (tasks.hasNext()) {
            Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task = tasks.next();
            note((Long) task._1(), task._4());
        }
        report();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        long task = end.taskInfo().taskId();
        note(task, end.taskInfo().accumulables());
        Long done = byTask.remove(task);
        if (done != null && end.taskInfo().successful()) {
            finished += done;
        }
        report();
    }

    private void note(long task, Seq<AccumulableInfo> values) {
        Iterator<AccumulableInfo> each = values.iterator();
        while (each.hasNext()) {
            AccumulableInfo value = each.next();
            if (value.id() == accumulator
                    && value.update().isDefined()
                    && value.update().get() instanceof Long done) {
                byTask.put(task, done);
            }
        }
    }

    private void report() {
        long now =
                finished + byTask.values().stream().mapToLong(Long::longValue).sum();
        // A task that starts over takes back what it had done; the line on the console does not.
        if (now > reported) {
            reported = Math.min(now, total);
            progress.update(reported, total, unit);
        }
    }
}
