package dev.convoke.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.cluster.ClusterFile.Content;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything of a cluster but its servers; those are in the drills of -Pcluster. */
class LocalClusterTest {

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void whatTheFileSaysIsWhatWasWritten() {
        ClusterFile file = new ClusterFile(folder);
        Content content = new Content(
                new TreeMap<>(Map.of("master.rpc", 7077)),
                List.of(new NodeProcess("master", 12, 34), new NodeProcess("worker1", 56, 78)));

        assertThat(file.read()).isEmpty();
        file.write(content);

        assertThat(file.read()).contains(content);
    }

    @Test
    void anotherProcessThatGotTheNumberLaterIsNotTheNode() throws IOException {
        Process process = start("sleep", "60");
        NodeProcess node = NodeProcess.of("worker1", process);
        NodeProcess impostor = new NodeProcess("worker1", node.pid(), node.startedMillis() - 60_000);

        assertThat(node.isAlive()).isTrue();
        assertThat(impostor.isAlive()).isFalse();
        assertThat(impostor.stop(Duration.ofSeconds(1))).isTrue();
        assertThat(process.isAlive()).isTrue();
    }

    @Test
    void aNodeThatIgnoresTheRequestIsKilledAndNamed() throws Exception {
        Process process = start("bash", "-c", "trap '' TERM; echo ready; while :; do read -t 60 <> <(:); done");
        assertThat(process.getInputStream().read()).isEqualTo('r');
        Content content = new Content(ports(), List.of(NodeProcess.of("worker1", process)));
        NodeProcess node = content.nodes().get(0);

        assertThat(node.stop(Duration.ofMillis(300))).isFalse();

        assertThat(process.waitFor()).isNotZero();
        assertThat(node.isAlive()).isFalse();
    }

    @Test
    void settingsAreSecureAndNobodyElseCanReadThem() throws IOException {
        ClusterSettings settings = settings();
        ClusterPorts ports = ClusterPorts.choose(ClusterNode.ports(settings), new TreeMap<>());

        new ClusterConfiguration(settings, ports).write();
        Properties first = spark(settings);
        new ClusterConfiguration(settings, ports).write();

        try (Stream<Path> files = Files.walk(settings.conf())) {
            assertThat(files.filter(Files::isRegularFile))
                    .hasSize(3)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .as(file.toString())
                            .isEqualTo("rw-------"));
        }
        assertThat(Files.getPosixFilePermissions(settings.state()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(first.getProperty("spark.authenticate.secret")).matches("[0-9a-f]{64}");
        assertThat(spark(settings)).as("the secret outlives a restart").isEqualTo(first);
        assertThat(first)
                .containsEntry("spark.authenticate", "true")
                .containsEntry("spark.network.crypto.cipher", "AES/GCM/NoPadding")
                .containsEntry("spark.master", "spark://" + ports.address("master.rpc"))
                .containsEntry("spark.eventLog.dir", "hdfs://" + ports.address("namenode.rpc") + "/spark-events");
        assertThat(settings.conf().resolve("hdfs-site.xml"))
                .content()
                .contains("<name>dfs.permissions.enabled</name><value>true</value>");
    }

    @Test
    void everyServerListensOnTheLoopbackAndFakeGpusHaveNumbersOfTheirOwn() {
        ClusterSettings settings = settings();
        ClusterPorts ports = ClusterPorts.choose(ClusterNode.ports(settings), new TreeMap<>());
        List<ClusterNode> nodes = Stream.concat(
                        ClusterNode.fileSystem(settings, ports).stream(), ClusterNode.spark(settings, ports).stream())
                .toList();

        assertThat(nodes.stream().map(ClusterNode::name))
                .containsExactly("namenode", "datanode1", "datanode2", "master", "worker1", "worker2", "history");
        assertThat(nodes.stream().flatMap(node -> node.arguments().stream()).filter(text -> text.contains("address=")))
                .hasSize(6)
                .allSatisfy(address -> assertThat(address).contains("=127.0.0.1:"));
        assertThat(nodes.stream().map(ClusterNode::arguments).filter(all -> all.contains("--host")))
                .hasSize(3)
                .allSatisfy(
                        all -> assertThat(all.get(all.indexOf("--host") + 1)).matches("127\\.0\\.0\\.[12]"));
        assertThat(nodes.get(4).environment()).containsEntry("CONVOKE_GPU_ADDRESSES", "0 1");
        assertThat(nodes.get(5).environment()).containsEntry("CONVOKE_GPU_ADDRESSES", "2 3");
    }

    @Test
    void aNodeThatEndsAtOnceIsNamedWithItsLastWordsAndNothingIsLeftRunning() throws IOException {
        Path script = Files.createDirectories(folder.resolve("home/bin")).resolve("convoke-node");
        Files.writeString(script, "#!/bin/bash\necho \"$1 has no disk\"\nexit 3\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path conf = Files.createDirectories(folder.resolve("home/conf"));
        Files.copy(Path.of("../conf/spark-defaults.conf"), conf.resolve("spark-defaults.conf"));
        LocalCluster cluster =
                new LocalCluster(new ClusterSettings(folder.resolve("home"), folder.resolve("state"), 1, 1, 1, 512, 0));

        assertThatThrownBy(cluster::up)
                .isInstanceOf(NodeFailedException.class)
                .hasMessageContaining("ended while the cluster started")
                .hasMessageContaining("has no disk");
        assertThat(cluster.status())
                .hasValueSatisfying(state -> assertThat(state.nodes()).isEmpty());
    }

    @Test
    void onlyTheFolderOfAClusterIsEverDeleted() throws IOException {
        Path precious = Files.writeString(folder.resolve("thesis.tex"), "years of work");
        ClusterSettings wrong = new ClusterSettings(folder, folder, 1, 1, 1, 512, 0);

        assertThatThrownBy(new LocalCluster(wrong)::purge)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("correct --state");
        assertThat(precious).exists();
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        processes.add(process);
        return process;
    }

    private ClusterSettings settings() {
        return new ClusterSettings(Path.of(".."), folder.resolve("state"), 2, 2, 1, 1024, 2);
    }

    private static SortedMap<String, Integer> ports() {
        return new TreeMap<>(Map.of("master.rpc", 7077));
    }

    private static Properties spark(ClusterSettings settings) throws IOException {
        Properties properties = new Properties();
        try (BufferedReader reader = Files.newBufferedReader(settings.conf().resolve("spark-defaults.conf"))) {
            properties.load(reader);
        }
        return properties;
    }
}
