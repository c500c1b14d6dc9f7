package dev.convoke.bench.averaging;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a case in a JVM of its own, with a limit in time; what becomes of it is a result, never an exception. */
final class CaseProcess {

    /** What the line with the figures begins with. */
    static final String MARK = "case-result ";

    private static final int LONGEST_REASON = 160;

    private CaseProcess() {}

    /**
     * What became of a case.
     *
     * @param json the figures; null if it failed
     * @param error null if it did not
     */
    record Outcome(@Nullable String json, @Nullable String error) {}

    /**
     * Runs a program that prints its figures as one line of JSON behind {@link #MARK}.
     *
     * @param command the program's class, then its arguments
     * @param options of its virtual machine
     */
    static Outcome run(List<String> command, List<String> options, int limitSeconds)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("convoke-bench");
        try {
            Path output = folder.resolve("output.txt");
            Process process = start(command, options, folder, output);
            try {
                boolean ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
                List<String> lines = ended ? Files.readAllLines(output) : List.of();
                for (String line : lines) {
                    if (line.startsWith(MARK)) {
                        return new Outcome(line.substring(MARK.length()), null);
                    }
                }
                return new Outcome(null, ended ? reason(lines) : "not done after " + limitSeconds + " s");
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } finally {
            delete(folder);
        }
    }

    private static Process start(List<String> program, List<String> options, Path folder, Path output)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-Xm"))
                .forEach(command::add);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(program);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("SPARK_HOME", folder.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.12");
        return builder.start();
    }

    /** Returns the line that says most: DL4J's and Spark's failures are long. */
    private static String reason(List<String> lines) {
        for (String sign : List.of("maxResultSize", "OutOfMemory", "Exception", "Error")) {
            for (String line : lines) {
                if (line.contains(sign)) {
                    String text = line.strip();
                    int from = Math.max(0, text.indexOf(sign) - LONGEST_REASON / 2);
                    return text.substring(from, Math.min(text.length(), from + LONGEST_REASON));
                }
            }
        }
        return "ended without a result";
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
