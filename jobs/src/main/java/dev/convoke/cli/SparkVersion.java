package dev.convoke.cli;

import scala.util.Properties;

/** The Spark this program is built for, and the one it finds itself on. */
final class SparkVersion {

    private static final String SPARK = "3.5.";
    private static final String SCALA = "2.12.";

    private SparkVersion() {}

    /** Refuses another Spark or Scala: they fail later, in ways that do not name the reason. */
    static void check() {
        check(org.apache.spark.package$.MODULE$.SPARK_VERSION(), Properties.versionNumberString());
    }

    static void check(String spark, String scala) {
        if (!spark.startsWith(SPARK) || !scala.startsWith(SCALA)) {
            throw new UsageException("This is Spark " + spark + " with Scala " + scala + "; Convoke is built for Spark "
                    + SPARK + "x with Scala " + SCALA + "x: point SPARK_HOME (or the cluster's image) at such an"
                    + " installation; every node needs the same");
        }
    }
}
