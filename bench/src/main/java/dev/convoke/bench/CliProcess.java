package dev.convoke.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** Runs a verb of the program in a process of its own, as a user does. */
public final class CliProcess {

    private static final long LIMIT_HOURS = 6;

    private CliProcess() {}

    /**
     * Runs a verb to its end.
     *
     * @param log receives what it prints
     * @param options of the virtual machine, beside those of this one
     * @param arguments the verb and what follows it
     * @param started is told the process's number
     * @throws IllegalStateException if it ends with anything but 0, with what it printed
     */
    public static void run(Path log, List<String> options, List<String> arguments, LongConsumer started)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.convoke.cli.Main"));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // Else Spark's page listens on every address.
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        Process process = builder.start();
        started.accept(process.pid());
        try {
            boolean ended = process.waitFor(LIMIT_HOURS, TimeUnit.HOURS);
            if (!ended || process.exitValue() != 0) {
                throw new IllegalStateException("convoke " + arguments.get(0)
                        + (ended ? " ended with " + process.exitValue() : " has no end") + ":\n"
                        + Files.readString(log));
            }
        } finally {
            process.destroyForcibly();
        }
    }
}
