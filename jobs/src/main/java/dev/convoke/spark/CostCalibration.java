package dev.convoke.spark;

import dev.convoke.training.cost.CostLaw;
import dev.convoke.training.cost.MachineRates;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Measures on this machine what the cost of a round is predicted from. */
public final class CostCalibration {

    /** A run goes on for hours; this long, and Spark's own code takes twice as long as then instead of ten times. */
    private static final long WARM_UP_SECONDS = 5;

    private static final int TURNS = 15;

    private CostCalibration() {}

    /**
     * Returns the law of a round on this machine; takes about 10 seconds.
     *
     * @param spark embedded in this process, so that it is warm soon
     */
    public static CostLaw measure(JavaSparkContext spark) {
        double overheadMillis = overheadMillis(spark);
        return new CostLaw(MachineRates.measure(), overheadMillis);
    }

    /** Returns the median milliseconds of a job of two stages with one empty task each. */
    private static double overheadMillis(JavaSparkContext spark) {
        long started = System.nanoTime();
        while (System.nanoTime() - started < TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS)) {
            millisOfOne(spark);
        }
        double[] turns = new double[TURNS];
        for (int turn = 0; turn < TURNS; turn++) {
            turns[turn] = millisOfOne(spark);
        }
        Arrays.sort(turns);
        return turns[TURNS / 2];
    }

    private static double millisOfOne(JavaSparkContext spark) {
        long started = System.nanoTime();
        spark.parallelize(List.of(0), 1)
                .mapToPair(number -> new Tuple2<>(number, number))
                .partitionBy(new HashPartitioner(1))
                .collect();
        return (System.nanoTime() - started) / 1e6;
    }
}
