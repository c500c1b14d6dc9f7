package dev.convoke.bench.averaging;

import dev.convoke.bench.averaging.CaseMain.Measured;
import java.io.IOException;
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

    /** What Spark's driver gets unless it is told otherwise, and what users of DL4J's master start with. */
    private static final String DRIVER_HEAP = "-Xmx4g";

    private static final int LONGEST_REASON = 160;

    private CaseProcess() {}

    /**
     * What became of a case.
     *
     * @param measured null if it failed
     * @param error null if it did not
     */
    record Outcome(@Nullable Measured measured, @Nullable String error) {}

    static Outcome run(TransportCase which, int limitSeconds) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("convoke-bench");
        try {
            Path output = folder.resolve("output.txt");
            Process process = start(which, folder, output);
            try {
                boolean ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
                List<String> lines = ended ? Files.readAllLines(output) : List.of();
                for (String line : lines) {
                    if (line.startsWith(CaseMain.MARK)) {
                        return new Outcome(Measured.ofJson(line.substring(CaseMain.MARK.length())), null);
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

    private static Process start(TransportCase which, Path folder, Path output) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-Xm"))
                .forEach(command::add);
        // A small young generation: the peak of the heap is then what the driver needs, not what it leaves lying about.
        command.addAll(List.of(DRIVER_HEAP, "-XX:MaxNewSize=8m", "-cp", System.getProperty("java.class.path")));
        command.add(CaseMain.class.getName());
        command.addAll(List.of(which.arguments()));
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
