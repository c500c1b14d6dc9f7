package dev.convoke.bench.averaging;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.bench.ExecutorProcesses;
import dev.convoke.bench.Figure;
import dev.convoke.spark.logs.LogPlugin;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * One case in a process of its own: Spark's driver, with each executor in another process. Prints one line of JSON with
 * the figures behind {@link CaseProcess#MARK}.
 */
public final class CaseMain {

    private CaseMain() {}

    /** Measures the case that the arguments describe. */
    public static void main(String[] arguments) throws Exception {
        TransportCase which = TransportCase.of(arguments);
        try (JavaSparkContext spark = new JavaSparkContext(configuration(which))) {
            Measured measured = measure(spark, which);
            System.out.println(CaseProcess.MARK + measured.toJson());
        }
        System.exit(0);
    }

    private static SparkConf configuration(TransportCase which) throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        int heap = which.executorHeapMegabytes();
        int direct = which.stateMegabytes() + 1024;
        int cores = Math.max(1, Runtime.getRuntime().availableProcessors() / which.workers());
        SparkConf conf = new SparkConf()
                .setMaster("local-cluster[" + which.workers() + "," + cores + "," + heap + "]")
                .set("spark.task.cpus", "" + cores)
                .setAppName("bench averaging")
                .set("spark.ui.enabled", "false")
                .set("spark.plugins", LogPlugin.class.getName()) // executors say as little as under every verb
                .set("spark.executor.memory", heap + "m")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set(
                        "spark.executor.extraJavaOptions",
                        // The second is what every verb sets.
                        "-XX:MaxDirectMemorySize=" + direct + "m -Dio.netty.tryReflectionSetAccessible=true")
                .set("spark.memory.offHeap.enabled", "true")
                .set("spark.memory.offHeap.size", offHeapMegabytes(which) + "m")
                .set("spark.local.dir", System.getenv("SPARK_HOME"))
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1");
        for (String setting : which.conf()) {
            String[] parts = setting.split("=", 2);
            String given = conf.get(parts[0], "");
            conf.set(parts[0], parts[0].endsWith("JavaOptions") ? given + " " + parts[1] : parts[1]);
        }
        return conf;
    }

    /** What 'plan' says that an executor's blocks need, and a twentieth more. */
    private static long offHeapMegabytes(TransportCase which) {
        return (long) (1.05e-6 * which.roundBytes().executorBlocks()) + 64;
    }

    private static Measured measure(JavaSparkContext spark, TransportCase which) throws Exception {
        List<Double> millis = new ArrayList<>();
        List<Double> driverBytes = new ArrayList<>();
        List<Double> executorBytes = new ArrayList<>();
        List<Double> driverHeap = new ArrayList<>();
        Map<String, List<Double>> phases = new TreeMap<>();
        try (Transport transport = open(spark, which)) {
            warmUp(transport, which.warmUpSeconds());
            List<Long> executors = ExecutorProcesses.pids(ProcessHandle.current());
            for (int i = 0; i < which.repetitions(); i++) {
                long heapBefore = resetPeak();
                ProcessBytes driverBefore =
                        ProcessBytes.of(ProcessHandle.current().pid());
                List<ProcessBytes> executorsBefore = all(executors);
                long started = System.nanoTime();
                Map<String, Double> took = transport.round();
                millis.add((System.nanoTime() - started) / 1e6);
                driverBytes.add((double) ProcessBytes.of(ProcessHandle.current().pid())
                        .minus(driverBefore)
                        .sum());
                executorBytes.add(mostReceived(executors, executorsBefore));
                driverHeap.add((peakHeap() - heapBefore) / 1e6);
                took.forEach((phase, time) -> phases.computeIfAbsent(phase, unseen -> new ArrayList<>())
                        .add(time));
            }
        }
        Map<String, Figure> phaseMillis = new TreeMap<>();
        phases.forEach((phase, times) -> phaseMillis.put(phase, Figure.of(times)));
        return new Measured(
                Figure.of(millis),
                Figure.of(driverBytes),
                Figure.of(executorBytes),
                Figure.of(driverHeap),
                phaseMillis);
    }

    private static void warmUp(Transport transport, int seconds) throws Exception {
        long started = System.nanoTime();
        do {
            transport.round();
        } while (System.nanoTime() - started < seconds * 1_000_000_000L);
    }

    private static Transport open(JavaSparkContext spark, TransportCase which) {
        return which.master().equals(TransportCase.CONVOKE)
                ? new ConvokeTransport(spark, which)
                : new Dl4jTransport(spark, which);
    }

    private static List<ProcessBytes> all(List<Long> pids) throws IOException {
        List<ProcessBytes> all = new ArrayList<>();
        for (long pid : pids) {
            all.add(ProcessBytes.of(pid));
        }
        return all;
    }

    /** Returns what the executor that read most has read. */
    private static double mostReceived(List<Long> executors, List<ProcessBytes> before) throws IOException {
        double most = 0;
        for (int i = 0; i < executors.size(); i++) {
            long read = ProcessBytes.of(executors.get(i)).minus(before.get(i)).read();
            most = Math.max(most, (double) read);
        }
        return most;
    }

    private static long resetPeak() {
        System.gc();
        heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
        return peakHeap();
    }

    private static long peakHeap() {
        return heapPools().stream()
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }

    private static List<MemoryPoolMXBean> heapPools() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
    }

    /** The figures of a case. */
    record Measured(
            Figure roundMillis,
            Figure driverBytes,
            Figure executorBytes,
            Figure driverHeapMegabytes,
            Map<String, Figure> phaseMillis) {

        String toJson() throws IOException {
            return new ObjectMapper().writeValueAsString(this);
        }

        static Measured ofJson(String line) throws IOException {
            return new ObjectMapper().readValue(line, Measured.class);
        }
    }
}
