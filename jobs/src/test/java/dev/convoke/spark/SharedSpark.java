package dev.convoke.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** One Spark in this JVM for all tests, two tasks at a time; there can be only one, and starting it takes seconds. */
public final class SharedSpark {

    private static @Nullable JavaSparkContext context;

    private SharedSpark() {}

    /** Returns the context; not to be stopped. */
    public static synchronized JavaSparkContext local() {
        if (context == null) {
            SparkConf conf = new SparkConf()
                    .setMaster("local[2]")
                    .setAppName("tests")
                    .set("spark.ui.enabled", "false")
                    .set("spark.sql.shuffle.partitions", "1")
                    .set("spark.driver.host", "127.0.0.1")
                    .set("spark.driver.bindAddress", "127.0.0.1");
            context = new JavaSparkContext(conf);
        }
        return context;
    }
}
