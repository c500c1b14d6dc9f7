package dev.convoke.cli;

import java.io.ObjectInputFilter;

/**
 * What Java deserialisation may make in this process. Our own code never deserialises; Spark does, between driver and
 * executors, and libraries might. Everything that is not of Spark, Scala, Hadoop, the JDK's plain data or ours is
 * refused, wherever it is read.
 */
final class SerialFilter {

    /** Not given to executors yet: Spark's own tasks were refused there ({@code docs/faults.md}). */
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
            "org.apache.hadoop.conf.**",
            "org.apache.hadoop.fs.**",
            "org.apache.hadoop.io.**",
            "org.apache.hadoop.mapred.**",
            "org.apache.hadoop.mapreduce.**",
            "org.apache.hadoop.security.**",
            "org.apache.parquet.**",
            "!*");

    private SerialFilter() {}

    /** Puts the filter over the whole process, unless one was given with {@code -Djdk.serialFilter}. */
    static void install() {
        if (ObjectInputFilter.Config.getSerialFilter() == null) {
            ObjectInputFilter.Config.setSerialFilter(ObjectInputFilter.Config.createFilter(PATTERN));
        }
    }
}
