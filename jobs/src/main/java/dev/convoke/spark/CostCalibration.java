package dev.convoke.spark;

import dev.convoke.training.cost.CostLaw;
import dev.convoke.training.cost.MachineRates;
import dev.convoke.training.cost.WarmTime;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Measures on this machine what the cost of a round is predicted from. */
public final class CostCalibration {

    /** A run goes on for hours; this long, and Spark's own code takes twice as long as then instead of ten times. */
    private static final int WARM_UP_SECONDS = 5;

    private static final int TURNS = 15;

    private CostCalibration() {}

    /**
     * Returns the law of a round on this machine; takes about 10 seconds.
     *
     * @param spark embedded in this process, so that it is warm soon
     */
    public static CostLaw measure(JavaSparkContext spark) {
        double overheadMillis = 1000 * WarmTime.seconds(WARM_UP_SECONDS, TURNS, () -> runEmptyJob(spark));
        return new CostLaw(MachineRates.measure(), overheadMillis);
    }

    /** Runs two stages with one empty task each. */
    private static void runEmptyJob(JavaSparkContext spark) {
        spark.parallelize(List.of(0), 1)
                .mapToPair(number -> new Tuple2<>(number, number))
                .partitionBy(new HashPartitioner(1))
                .collect();
    }
}
