package dev.convoke.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** What Spark itself takes for a round. */
public final class SparkOverhead {

    private static final int WARM_UPS = 12;
    private static final int TURNS = 9;

    private SparkOverhead() {}

    /** Returns the median milliseconds of a job of two stages with so many empty tasks each; takes a few seconds. */
    public static double millis(JavaSparkContext spark, int tasks) {
        List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
        List<Double> turns = new ArrayList<>();
        for (int turn = 0; turn < WARM_UPS + TURNS; turn++) {
            long started = System.nanoTime();
            spark.parallelize(numbers, tasks)
                    .mapToPair(number -> new Tuple2<>(number, number))
                    .partitionBy(new HashPartitioner(tasks))
                    .collect();
            if (turn >= WARM_UPS) {
                turns.add((System.nanoTime() - started) / 1e6);
            }
        }
        return turns.stream().sorted().toList().get(TURNS / 2);
    }
}
