package dev.convoke.spark.logs;

import java.net.URISyntaxException;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;

/** Reads and changes Log4j's settings of this process. */
final class LogSettings {

    /** In our jar; the same file as {@code conf/log4j2-json.xml}. */
    private static final String OURS = "/logging/log4j2-json.xml";

    private LogSettings() {}

    /** Takes the settings in our jar, unless somebody gave this process others. */
    static void useOurs() {
        if (System.getProperty("log4j2.configurationFile") != null
                || System.getProperty("log4j.configurationFile") != null) {
            return;
        }
        URL settings = LogSettings.class.getResource(OURS);
        if (settings == null) {
            throw new IllegalStateException("The jar has no " + OURS + ": build it with Maven");
        }
        try {
            context().setConfigLocation(settings.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The place of our own jar is no URI: " + settings, e);
        }
    }

    /**
     * Returns the level of each logger that has one of its own, by its name; that of all others under "". Can be sent.
     */
    static Map<String, String> levels() {
        Map<String, String> levels = new HashMap<>();
        for (LoggerConfig logger : context().getConfiguration().getLoggers().values()) {
            levels.put(logger.getName(), logger.getLevel().name());
        }
        return levels;
    }

    /** Sets levels as another process has them; what it does not name stays as it is. */
    static void follow(Map<?, ?> levels) {
        Map<String, String> now = levels();
        levels.forEach((name, level) -> {
            if (!level.equals(now.get(name))) {
                Configurator.setLevel(String.valueOf(name), Level.valueOf(String.valueOf(level)));
            }
        });
    }

    /** The one that all of Spark logs to, not one of our class loader's own. */
    private static LoggerContext context() {
        return (LoggerContext) LogManager.getContext(LogManager.class.getClassLoader(), false);
    }
}
