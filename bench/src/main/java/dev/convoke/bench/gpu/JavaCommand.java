package dev.convoke.bench.gpu;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts Java as this process was started. */
final class JavaCommand {

    private JavaCommand() {}

    /** Returns the start of a command: this Java, its system properties and modules, and more options. */
    static List<String> like(List<String> more) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-D") || argument.startsWith("--add"))
                .forEach(command::add);
        command.addAll(more);
        return command;
    }
}
