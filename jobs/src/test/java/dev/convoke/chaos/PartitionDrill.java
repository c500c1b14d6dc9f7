package dev.convoke.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.JavaCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors cut off from the driver, from each other and from everything, on a seeded schedule while they train and
 * save. Needs Linux, root and the tools {@code ip}, {@code bridge} and {@code unshare}; part of {@code mvn -Pchaos
 * verify}.
 */
class PartitionDrill {

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void executorsThatAreCutOffGiveTheBytesOfOneProcess() throws Exception {
        List<String> command = new ArrayList<>(List.of("unshare", "--net"));
        command.addAll(JavaCommand.of(PartitionedDriver.class, ChaosLog.options()));
        command.addAll(List.of(folder.toString(), "" + ChaosLog.trials("partitions", 2)));
        ProcessBuilder driver = new ProcessBuilder(command).inheritIO();
        driver.environment().put("SPARK_LOCAL_IP", SplitNetwork.HERE);

        int exit = driver.start().waitFor();

        assertThat(exit).isZero();
    }
}
