package dev.convoke.spark.logs;

import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;

/** The driver's part: answers executors with its levels. */
final class DriverLogs implements DriverPlugin {

    @Override
    public Map<String, String> init(SparkContext spark, PluginContext context) {
        // Elsewhere whoever starts the driver chooses, and may not want a file in the current folder.
        if (spark.deployMode().equals("cluster")) {
            LogSettings.useOurs();
        }
        return Map.of();
    }

    @Override
    public Object receive(Object question) {
        return LogSettings.levels();
    }
}
