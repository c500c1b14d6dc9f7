package dev.convoke.spark.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.provenance.LogKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class LogSettingsTest {

    private final String before = String.valueOf(System.getProperty("log4j2.configurationFile"));

    @TempDir
    private Path folder;

    @AfterEach
    void asItWas() throws Exception {
        System.setProperty("log4j2.configurationFile", before);
        context().setConfigLocation(Path.of(before).toUri());
        MDC.clear();
    }

    @Test
    void everyLineOfTheFileSaysRunRoundWorkerAndExecutorAndLevelsFollowTheDriver() throws Exception {
        Path file = folder.resolve("log.json");
        System.setProperty("convoke.log.file", file.toString());
        System.setProperty(ExecutorLogs.EXECUTOR, "7");
        System.clearProperty("log4j2.configurationFile");
        LogSettings.useOurs();
        Logger log = LoggerFactory.getLogger("dev.convoke.Something");
        MDC.put(LogKeys.RUN, "night");
        MDC.put(LogKeys.ROUND, "12");
        MDC.put(LogKeys.WORKER, "3");

        log.debug("not yet");
        LogSettings.follow(Map.of("dev.convoke", "DEBUG"));
        log.debug("now", new IllegalStateException("with a stack"));
        LogSettings.follow(Map.of("dev.convoke", "ERROR"));
        log.warn("no more");

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(lines.get(0));
        assertThat(line.get("message").asText()).isEqualTo("now");
        assertThat(line.get("run").asText()).isEqualTo("night");
        assertThat(line.get("round").asText()).isEqualTo("12");
        assertThat(line.get("worker").asText()).isEqualTo("3");
        assertThat(line.get("executor").asText()).isEqualTo("7");
        assertThat(line.toString()).contains("with a stack");
        assertThat(LogSettings.levels())
                .containsEntry("dev.convoke", "ERROR")
                .containsEntry("org.apache.spark", "WARN");
    }

    private static LoggerContext context() {
        return (LoggerContext) LogManager.getContext(LogManager.class.getClassLoader(), false);
    }
}
