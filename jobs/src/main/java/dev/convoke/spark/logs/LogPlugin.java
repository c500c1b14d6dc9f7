package dev.convoke.spark.logs;

import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Gives drivers and executors our logging settings wherever a cluster manager starts them, unless somebody gave others
 * with {@code -Dlog4j2.configurationFile}, and keeps executors at the driver's levels: changing the driver's file
 * changes them all within half a minute.
 */
public final class LogPlugin implements SparkPlugin {

    /** Spark makes it by name. */
    public LogPlugin() {}

    @Override
    public DriverPlugin driverPlugin() {
        return new DriverLogs();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ExecutorLogs();
    }
}
