package dev.convoke.storage;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;

/**
 * Time limits for the Hadoop client. Its own defaults wait a quarter of an hour for a NameNode that is not there (45
 * tries of 20 s). A limit that the site has set stays as it is.
 */
final class HadoopLimits {

    /** How long an operation is tried again while the file system refuses it for the moment. */
    static final String PATIENCE = "convoke.storage.patience";

    private static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(30);

    /** One attempt ends within 30 s whatever happens, so that patience and the last attempt end within 60 s. */
    private static final Map<String, String> LIMITS = Map.of(
            "ipc.client.connect.timeout", "10000",
            "ipc.client.connect.max.retries.on.timeouts", "1",
            "ipc.client.connect.max.retries", "2",
            "ipc.client.connect.retry.interval", "1000",
            "ipc.client.rpc-timeout.ms", "30000",
            "dfs.client.failover.max.attempts", "6");

    private HadoopLimits() {}

    /** Returns a copy with limits wherever the site has set none. */
    static Configuration bounded(Configuration configuration) {
        Configuration bounded = new Configuration(configuration);
        LIMITS.forEach((key, value) -> {
            if (!setBySite(configuration, key)) {
                bounded.set(key, value);
            }
        });
        // The last checkpoint of a stopped run is written while the JVM shuts down: Hadoop must not close under it.
        bounded.setBoolean("fs.automatic.close", false);
        return bounded;
    }

    static Duration patience(Configuration configuration) {
        return Duration.ofMillis(
                configuration.getTimeDuration(PATIENCE, DEFAULT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static boolean setBySite(Configuration configuration, String key) {
        String[] sources = configuration.getPropertySources(key);
        if (sources == null) {
            return false;
        }
        for (String source : sources) {
            if (!source.endsWith("-default.xml")) {
                return true;
            }
        }
        return false;
    }
}
