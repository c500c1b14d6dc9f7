package dev.convoke.spark;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** What Spark itself takes for a round. */
public final class SparkOverhead {

    /** A run goes on for hours; Spark's own code takes this long to be compiled, and ten times the time before. */
    private static final long WARM_UP_SECONDS = 5;

    private static final int TURNS = 15;

    private SparkOverhead() {}

    /** Returns the median milliseconds of a job of two stages with so many empty tasks each; takes about 6 seconds. */
    public static double millis(JavaSparkContext spark, int tasks) {
        long started = System.nanoTime();
        while (System.nanoTime() - started < TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS)) {
            millisOfOne(spark, tasks);
        }
        double[] turns = new double[TURNS];
        for (int turn = 0; turn < TURNS; turn++) {
            turns[turn] = millisOfOne(spark, tasks);
        }
        Arrays.sort(turns);
        return turns[TURNS / 2];
    }

    private static double millisOfOne(JavaSparkContext spark, int tasks) {
        List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
        long started = System.nanoTime();
        spark.parallelize(numbers, tasks)
                .mapToPair(number -> new Tuple2<>(number, number))
                .partitionBy(new HashPartitioner(tasks))
                .collect();
        return (System.nanoTime() - started) / 1e6;
    }
}
