package dev.convoke.cli;

import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.FilterInfo;
import java.io.ObjectInputFilter.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Java deserialisation may make in this process. Our own code never deserialises; Spark does, between driver and
 * executors, and libraries might. Everything that is not of Spark, Scala, Hadoop, DL4J, the JDK's plain data or ours is
 * refused, wherever it is read.
 */
final class SerialFilter {

    private static final Logger LOG = LoggerFactory.getLogger(SerialFilter.class);

    /** Executors are given the same text by {@link SparkContexts}. */
    static final String PATTERN = String.join(
            ";",
            "maxdepth=10000",
            "!java.rmi.**",
            "!javax.**",
            "!com.sun.**",
            "!sun.**",
            "!java.net.URL",
            "!java.beans.**",
            "!scala.tools.**",
            "!org.apache.spark.shaded.**",
            "java.**",
            "scala.**",
            "dev.convoke.**",
            "org.apache.spark.**",
            // Spark's own copy of Guava: the order by which it sorts keys within partitions.
            "org.sparkproject.guava.collect.NaturalOrdering",
            "org.apache.hadoop.conf.**",
            "org.apache.hadoop.fs.**",
            "org.apache.hadoop.io.**",
            "org.apache.hadoop.mapred.**",
            "org.apache.hadoop.mapreduce.**",
            "org.apache.hadoop.security.**",
            "org.apache.parquet.**",
            // What DL4J's own averaging master sends: minibatches, configurations, arrays. Not the libraries shaded
            // into it.
            "!org.nd4j.shade.**",
            "org.nd4j.linalg.**",
            "org.nd4j.common.**",
            "org.deeplearning4j.**",
            "!*");

    private SerialFilter() {}

    /**
     * Puts the filter over the whole process, unless one was given with {@code -Djdk.serialFilter}. What it refuses it
     * names in the log, because the exception that follows does not.
     */
    static void install() {
        if (ObjectInputFilter.Config.getSerialFilter() == null) {
            ObjectInputFilter pattern = ObjectInputFilter.Config.createFilter(PATTERN);
            ObjectInputFilter.Config.setSerialFilter(read -> checked(pattern, read));
        }
    }

    private static Status checked(ObjectInputFilter pattern, FilterInfo read) {
        Status status = pattern.checkInput(read);
        if (status == Status.REJECTED) {
            LOG.warn(
                    "Refused to deserialise {}; if it is a class of yours, give the JVM a filter of your own with"
                            + " -Djdk.serialFilter",
                    read.serialClass());
        }
        return status;
    }
}
