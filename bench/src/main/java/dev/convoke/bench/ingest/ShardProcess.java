package dev.convoke.bench.ingest;

import dev.convoke.bench.ExecutorProcesses;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs {@code convoke shard} with driver and executor in processes of their own, and watches their memory. */
final class ShardProcess {

    private static final int DRIVER_HEAP_MB = 512;
    private static final int EXECUTOR_HEAP_MB = 768;
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final long LOOK_EVERY_MILLIS = 100;

    /** {@code 123M->45M(256M)} in a line of the collector's log: what was left after a collection. */
    private static final Pattern COLLECTION = Pattern.compile("\\d+M->(\\d+)M\\(\\d+M\\)");

    private final Path folder;

    /** Keeps Spark's files and logs in a folder. */
    ShardProcess(Path folder) {
        this.folder = folder;
    }

    /**
     * The most a process had.
     *
     * @param residentMegabytes resident memory at its peak, as the kernel counts it
     * @param liveHeapMegabytes the most that a garbage collection left
     */
    record Memory(double residentMegabytes, double liveHeapMegabytes) {}

    /** What became of it. */
    record Sharded(double seconds, Memory driver, Memory executor) {}

    /**
     * Shards a source.
     *
     * @throws IOException if the process fails; the message has its last lines
     */
    Sharded shard(Path source) throws IOException, InterruptedException {
        Path spark = Files.createDirectories(folder.resolve("spark"));
        Files.createDirectories(spark.resolve("jars"));
        Path output = folder.resolve("output.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command(source)).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("SPARK_HOME", spark.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.12");
        long started = System.nanoTime();
        Process process = builder.start();
        double driver = 0;
        double executor = 0;
        try {
            while (!process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                driver = Math.max(driver, residentMegabytes(process.pid()));
                for (long pid : ExecutorProcesses.pids(process.toHandle())) {
                    executor = Math.max(executor, residentMegabytes(pid));
                }
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        if (process.exitValue() != 0) {
            List<String> lines = Files.readAllLines(output);
            throw new IOException("convoke shard ended with " + process.exitValue() + ": "
                    + String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size())));
        }
        if (executor == 0) {
            throw new IOException("No executor was seen among the processes that convoke shard started");
        }
        return new Sharded(
                seconds, new Memory(driver, liveHeap(log("driver"))), new Memory(executor, liveHeap(log("executor"))));
    }

    private List<String> command(Path source) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-Xm"))
                .forEach(command::add);
        String classPath = System.getProperty("java.class.path");
        command.addAll(List.of("-Xmx" + DRIVER_HEAP_MB + "m", "-Xlog:gc:file=" + log("driver"), "-cp", classPath));
        setting(command, "master", "local-cluster[1," + CORES + "," + EXECUTOR_HEAP_MB + "]");
        setting(command, "executor.memory", EXECUTOR_HEAP_MB + "m");
        setting(command, "executor.extraClassPath", classPath);
        setting(
                command,
                "executor.extraJavaOptions",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Xlog:gc:file=" + log("executor"));
        setting(command, "local.dir", folder.resolve("spark").toString());
        setting(command, "driver.host", "127.0.0.1");
        setting(command, "driver.bindAddress", "127.0.0.1");
        setting(command, "ui.enabled", "false");
        command.addAll(List.of("dev.convoke.cli.Main", "shard", "--source", source.toString()));
        command.addAll(List.of("--out", folder.resolve("dataset").toString()));
        return command;
    }

    private static void setting(List<String> command, String key, String value) {
        command.add("-Dspark." + key + "=" + value);
    }

    private Path log(String process) {
        return folder.resolve(process + "-gc.log");
    }

    /** Returns the peak so far, or 0 for a process that has ended. */
    private static double residentMegabytes(long pid) throws IOException {
        Path status = Path.of("/proc", String.valueOf(pid), "status");
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6;
                }
            }
            return 0;
        } catch (IOException ended) {
            if (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
                throw ended;
            }
            return 0;
        }
    }

    private static double liveHeap(Path log) throws IOException {
        double most = 0;
        for (String line : Files.readAllLines(log)) {
            Matcher collection = COLLECTION.matcher(line);
            if (collection.find()) {
                most = Math.max(most, Double.parseDouble(collection.group(1)) * 1.048576);
            }
        }
        return most;
    }
}
