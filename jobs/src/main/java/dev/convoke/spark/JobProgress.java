package dev.convoke.spark;

import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import scala.collection.Iterator;

/** Reports how many tasks of certain jobs are done, for a line on the console. */
public final class JobProgress extends SparkListener implements AutoCloseable {

    private static final String DESCRIPTION = "spark.job.description";

    /** What {@link JobNames} makes of the two jobs that open replicas. */
    private static final Pattern OPENING = Pattern.compile("(run .*: )?(initial state|restore [^: ]+)");

    private final JavaSparkContext spark;
    private final Predicate<String> wanted;
    private final String unit;
    private final ShardingProgress progress;
    private final Set<Integer> stages = new HashSet<>();
    private long total;
    private long done;

    private JobProgress(JavaSparkContext spark, Predicate<String> wanted, String unit, ShardingProgress progress) {
        this.spark = spark;
        this.wanted = wanted;
        this.unit = unit;
        this.progress = progress;
    }

    /**
     * Reports how many replicas of a run have been opened, which compiles their plans and fills their state.
     *
     * @param progress called on Spark's listener thread, until closed
     */
    public static JobProgress ofReplicas(JavaSparkContext spark, ShardingProgress progress) {
        return open(spark, description -> OPENING.matcher(description).matches(), "replicas", progress);
    }

    /** Reports how many tasks of the jobs are done whose description is wanted. */
    static JobProgress open(JavaSparkContext spark, Predicate<String> wanted, String unit, ShardingProgress progress) {
        JobProgress listener = new JobProgress(spark, wanted, unit, progress);
        spark.sc().addSparkListener(listener);
        return listener;
    }

    @Override
    public void onJobStart(SparkListenerJobStart job) {
        Properties properties = job.properties();
        String description = properties == null ? null : properties.getProperty(DESCRIPTION);
        if (description == null || !wanted.test(description)) {
            return;
        }
        stages.clear();
        total = 0;
        done = 0;
        Iterator<StageInfo> each = job.stageInfos().iterator();
        while (each.hasNext()) {
            StageInfo stage = each.next();
            stages.add(stage.stageId());
            total += stage.numTasks();
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (stages.contains(end.stageId()) && end.taskInfo().successful() && done < total) {
            done++;
            progress.update(done, total, unit);
        }
    }

    @Override
    public void close() {
        spark.sc().removeSparkListener(this);
    }
}
