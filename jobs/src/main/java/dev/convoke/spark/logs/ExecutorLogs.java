package dev.convoke.spark.logs;

import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An executor's part: takes our settings, then follows the driver's levels. */
final class ExecutorLogs implements ExecutorPlugin {

    /** Names the executor in its log lines; see {@code conf/log4j2.xml}. */
    static final String EXECUTOR = "convoke.executor";

    private static final Logger LOG = LoggerFactory.getLogger(ExecutorLogs.class);
    private static final long SECONDS = 10;

    /** What Spark calls the executor of a process that is its own driver. */
    private static final String DRIVER = "driver";

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
        Thread thread = new Thread(runnable, "log-levels");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    public void init(PluginContext context, Map<String, String> settings) {
        if (context.executorID().equals(DRIVER)) {
            // Embedded Spark: driver and executor are one process, whose settings are the driver's.
            return;
        }
        System.setProperty(EXECUTOR, context.executorID());
        LogSettings.useOurs();
        Future<?> unused = timer.scheduleWithFixedDelay(() -> follow(context), 0, SECONDS, TimeUnit.SECONDS);
    }

    private static void follow(PluginContext context) {
        try {
            if (context.ask("levels") instanceof Map<?, ?> levels) {
                LogSettings.follow(levels);
            }
        } catch (Exception unanswered) { // Spark's remote calls throw what they like
            LOG.debug("The driver does not tell its levels", unanswered);
        }
    }

    @Override
    public void shutdown() {
        timer.shutdownNow();
    }
}
