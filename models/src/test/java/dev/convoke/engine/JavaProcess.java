package dev.convoke.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;

/** Another process with this one's class path, for what is settled when a process starts. */
public final class JavaProcess {

    private JavaProcess() {}

    /**
     * Runs a program to its end, which must be a good one.
     *
     * @param environment added to this process's
     * @param options of the virtual machine
     * @return what it printed, both streams together
     */
    public static String output(
            Map<String, String> environment, List<String> options, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(options);
        command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        Assertions.assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
