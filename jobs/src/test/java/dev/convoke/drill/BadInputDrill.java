package dev.convoke.drill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.drill.RunningCluster.Done;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong on clusters: each ends in bounded time with one line, its exit code, and the same in run.json. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadInputDrill {

    private static final Duration BOUND = Duration.ofMinutes(3);

    private static final List<Path> MOUNTED = new ArrayList<>();

    @TempDir
    private static Path folder;

    private static RunningCluster cluster;

    @BeforeAll
    static void startAndShard() throws IOException, InterruptedException {
        PhotographFolder.write(folder.resolve("images"), 7, 40);
        mount(Files.createDirectories(folder.resolve("cluster/data/spark")), "1g");
        cluster = RunningCluster.start(folder, 0);
        Done sharded = cluster.submit(
                "shard",
                "--source",
                folder.resolve("images").toString(),
                "--out",
                cluster.hdfs("/data/mine"),
                "--validation-fraction",
                "0.3",
                "--max-quarantine-rate",
                "0.5");
        assertThat(sharded.code()).as(sharded.text()).isZero();
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        cluster.close();
        for (Path folder : MOUNTED) {
            new ProcessBuilder("umount", "-l", folder.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    @Test
    @Order(1)
    void aMasterThatIsNotThere() {
        expect(4, "does not answer", train("no-master", "--master", "spark://127.0.0.1:1"));
        told("no-master", 4, "does not answer");
    }

    @Test
    @Order(1)
    void anAddressThatIsNoMaster() {
        expect(2, "is no master", train("odd-master", "--master", "spark:/127.0.0.1"));
        told("odd-master", 2, "is no master");
    }

    @Test
    @Order(1)
    void noPermission() throws IOException {
        Map<String, String> stranger = Map.of("HADOOP_USER_NAME", "stranger");

        Done done = cluster.submitWith(
                stranger, withStatus("denied", train("denied", "--conf", "spark.eventLog.enabled=false")));

        ended(done, 4, "permission denied");
        toldBeside("denied", 4, "permission denied");
    }

    @Test
    @Order(1)
    void executorsThatFitNowhere() {
        expect(
                4,
                "need at least 1 executor",
                train(
                        "no-executor",
                        "--conf",
                        "spark.executor.memory=64g",
                        "--conf",
                        "spark.convoke.clusterPatience=15s"));
        told("no-executor", 4, "need at least 1 executor");
    }

    @Test
    @Order(1)
    void executorsWithoutTheNativeLibrary() throws IOException {
        List<String> jars = new ArrayList<>();
        try (Stream<Path> all = Files.list(RunningCluster.HOME.resolve("jobs/target/convoke/lib"))) {
            all.map(Path::toString)
                    .filter(jar -> !jar.matches(".*/(dnnl|nd4j-native)-.*linux-x86_64.*"))
                    .forEach(jars::add);
        }

        expect(2, "native", train("no-native", "--jars", String.join(",", jars)));
        told("no-native", 2, "native");
    }

    @Test
    @Order(1)
    void aDiskThatIsFullWhereTheRunGoes() throws Exception {
        Path small = Files.createDirectories(folder.resolve("small"));
        mount(small, "2m");
        String[] command = train("unused");
        command[List.of(command).indexOf("--out") + 1] = "file:" + small.resolve("run");

        expect(4, "the disk is full", withStatus("full", command));
        toldBeside("full", 4, "the disk is full");
    }

    /** The workers' local disk is 1 GB of memory; all of it is taken here. */
    @Test
    @Order(1)
    void aDiskThatIsFullWhereExecutorsWork() throws Exception {
        Path filler = cluster.settings().data("spark").resolve("filler");
        byte[] block = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left on device");
        }

        expect(4, "disk", train("no-disk", "--conf", "spark.convoke.clusterPatience=60s"));

        Files.delete(filler);
        told("no-disk", 4, "disk");
    }

    private static void mount(Path folder, String size) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).as("mount needs root").isZero();
        MOUNTED.add(folder);
    }

    @Test
    @Order(1)
    void aWorkerThatCanNeverStart() {
        expect(2, "spark.task.cpus is 4", train("no-cores", "--conf", "spark.task.cpus=4"));
        told("no-cores", 2, "spark.task.cpus is 4");
    }

    @Test
    @Order(2)
    void aFileSystemInSafeMode() throws IOException {
        cluster.hadoop("dfsadmin", "-safemode", "enter");
        try {
            expect(4, "safe mode", withStatus("safe", train("safe", "--conf", "spark.eventLog.enabled=false")));
            toldBeside("safe", 4, "safe mode");
            expect(4, "safe mode", train("safe"));
        } finally {
            cluster.hadoop("dfsadmin", "-safemode", "leave");
        }
    }

    @Test
    @Order(3)
    void aFileSystemThatIsDown() throws IOException {
        long nameNode = cluster.state().nodes().get(0).pid();
        ProcessHandle process = ProcessHandle.of(nameNode).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
        process.onExit().join();

        expect(4, "onnect", train("down"));
        expect(4, "onnect", withStatus("down", train("down", "--conf", "spark.eventLog.enabled=false")));

        toldBeside("down", 4, "onnect");
    }

    private static void expect(int code, String words, String[] command) {
        ended(cluster.submit(command), code, words);
    }

    private static void ended(Done done, int code, String words) {
        assertThat(done.code()).as(done.text()).isEqualTo(code);
        assertThat(done.lastWords()).as(done.text()).singleElement().asString().contains(words);
        assertThat(done.took()).isLessThan(BOUND);
    }

    /** The run directory says it. */
    private static void told(String run, int code, String words) {
        told(cluster.json("/runs/" + run + "/run.json"), code, words);
    }

    /** The file that was asked for says it, where the run directory cannot. */
    private static void toldBeside(String name, int code, String words) throws IOException {
        told(new ObjectMapper().readTree(status(name).toFile()), code, words);
    }

    private static void told(JsonNode end, int code, String words) {
        assertThat(end.get("status").asText()).isEqualTo("failed");
        assertThat(end.get("exit_code").asInt()).isEqualTo(code);
        assertThat(end.get("message").asText()).contains(words);
    }

    private static Path status(String name) {
        return folder.resolve(name + ".json");
    }

    private static String[] withStatus(String name, String[] command) {
        return Stream.concat(Arrays.stream(command), Stream.of("--status", "file:" + status(name)))
                .toArray(String[]::new);
    }

    /** Options of spark-submit, then the verb. */
    private static String[] train(String run, String... options) {
        return Stream.concat(Arrays.stream(options), Arrays.stream(PipelineDrill.train(cluster, run)))
                .toArray(String[]::new);
    }
}
