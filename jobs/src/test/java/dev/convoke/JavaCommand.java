package dev.convoke;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** The command line of another process like this one, for tests of programs that are killed or stopped. */
public final class JavaCommand {

    private JavaCommand() {}

    /**
     * Returns this process's Java with its class path, its way to compile and collect, its logging and what it has
     * opened for Spark.
     *
     * @param options of the virtual machine
     * @return the caller's own; the program's arguments may be added
     */
    public static List<String> of(Class<?> program, String... options) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-opens")
                        || option.startsWith("-Djdk.reflect")
                        || option.startsWith("-XX:")
                        || option.startsWith("-Dlog4j2"))
                .forEach(command::add);
        command.addAll(List.of(options));
        command.add("-Djava.awt.headless=true");
        command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        return command;
    }
}
