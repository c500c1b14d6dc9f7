package dev.convoke.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.cluster.LocalCluster.NodeState;
import dev.convoke.data.synthetic.PhotographFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From images to an evaluated model on a real HDFS and a real Spark cluster, in both deploy modes. */
class PipelineDrill {

    @TempDir
    private Path folder;

    @Test
    void bothDeployModesShardTrainAndEvaluateToTheSameBytesAndLeaveTheirHistory() throws Exception {
        PhotographFolder.write(folder.resolve("images"), 7, 60);
        List<NodeState> nodes;
        try (RunningCluster cluster = RunningCluster.start(folder, 0)) {
            nodes = cluster.state().nodes();
            cluster.hadoop("dfs", "-put", folder.resolve("images").toString(), cluster.hdfs("/data/images"));
            assertThat(cluster.submit(
                                    "shard",
                                    "--source",
                                    cluster.hdfs("/data/images"),
                                    "--out",
                                    cluster.hdfs("/data/mine"),
                                    "--validation-fraction",
                                    "0.3",
                                    "--max-quarantine-rate",
                                    "0.5")
                            .code())
                    .isZero();
            assertThat(nodes)
                    .allSatisfy(node -> assertThat(ListeningSockets.of(node.pid()))
                            .as(node.name())
                            .isNotEmpty()
                            .allMatch(ListeningSockets::isLoopback));
            // The driver serves our jars to its executors, as on any cluster where nothing is installed.
            RunningCluster.Done client = cluster.submitWith(
                    Map.of("CONVOKE_APP", "", "CONVOKE_LOG4J2", talkative().toString()), train(cluster, "client"));
            assertThat(client.code()).as(client.text()).isZero();
            RunningCluster.Done unpacked =
                    cluster.submitFrom(Distribution.unpacked(folder), train(cluster, "distribution"));
            assertThat(unpacked.code()).as(unpacked.text()).isZero();
            assertThat(cluster.slices("distribution")).isEqualTo(cluster.slices("client"));
            assertThat(cluster.submit("evaluate", "--run", cluster.hdfs("/runs/client"))
                            .text())
                    .contains("top-1");

            RunningCluster.Done remote = cluster.submit(inClusterMode(train(cluster, "cluster")));
            assertThat(remote.code()).as(remote.text()).isZero();
            await().atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofSeconds(3))
                    .until(() -> cluster.status("cluster").equals("succeeded"));

            assertThat(cluster.slices("cluster")).isNotEmpty().isEqualTo(cluster.slices("client"));
            CompletableFuture<Integer> heldUp = Straggler.amongWorkersOf(cluster, "restless");
            RunningCluster.Done restless = cluster.submit(restless(train(cluster, "restless")));
            assertThat(heldUp.get(1, TimeUnit.MINUTES)).as("processes held up").isPositive();
            assertThat(restless.code()).as(restless.text()).isZero();
            assertThat(cluster.slices("restless")).isEqualTo(cluster.slices("client"));
            int copies = secondCopies(cluster, "restless");
            System.out.printf("DRILL tasks that Spark started a second time: %d%n", copies);
            assertThat(copies).as("tasks that ran twice").isPositive();
            lookAtWhatIsLeft(cluster);
        }
        assertThat(nodes)
                .hasSize(7)
                .allSatisfy(node -> assertThat(ProcessHandle.of(node.pid()).filter(ProcessHandle::isAlive))
                        .as(node.name())
                        .isEmpty());
    }

    private static void lookAtWhatIsLeft(RunningCluster cluster) throws IOException, InterruptedException {
        assertThat(cluster.hadoop("dfs", "-ls", "-d", cluster.hdfs("/runs/client")))
                .contains("drwx------");
        assertThat(jobs(cluster)).anySatisfy(job -> assertThat(job).contains("run client: round 1 of epoch 0"));
        assertThat(executorLines(cluster))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.path("executor").asText()).matches("\\d+|driver"))
                .anySatisfy(line -> {
                    assertThat(line.path("message").asText()).matches("Trained \\d+ examples");
                    assertThat(line.path("run").asText()).isEqualTo("client");
                    assertThat(line.path("round").asText()).matches("\\d+");
                    assertThat(line.path("worker").asText()).matches("[01]");
                });
    }

    /** A driver on the cluster whose recipe is not there fails while spark-submit says 0: only run.json tells. */
    @Test
    void aFailureInClusterModeIsToldByRunJsonAlone() {
        try (RunningCluster cluster = RunningCluster.start(folder, 0)) {
            String[] command = inClusterMode(train(cluster, "nothing"));

            cluster.submit(command);

            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofSeconds(3))
                    .until(() -> cluster.status("nothing").equals("failed"));
            JsonNode end = cluster.json("/runs/nothing/run.json");
            assertThat(end.get("exit_code").asInt()).isEqualTo(3);
            assertThat(end.get("message").asText()).contains("convoke shard");
        }
    }

    static String[] train(RunningCluster cluster, String run) {
        return new String[] {
            "train",
            RunningCluster.HOME.resolve("conf/recipes/quickstart.yaml").toString(),
            "--data",
            cluster.hdfs("/data/mine"),
            "--out",
            cluster.hdfs("/runs/" + run),
            "--set",
            "input=67",
            "--set",
            "epochs=3",
            "--set",
            "averaging.frequency=1",
            "--set",
            "batch=4"
        };
    }

    private static String[] inClusterMode(String[] command) {
        return Stream.concat(
                        Stream.of("--deploy-mode", "cluster", "--conf", "spark.driver.memory=1g"), Stream.of(command))
                .toArray(String[]::new);
    }

    /** Executors come and go, and tasks that take long run twice. */
    private static String[] restless(String[] command) {
        List<String> all = new ArrayList<>();
        for (String setting : List.of(
                "spark.speculation=true",
                "spark.speculation.minTaskRuntime=10ms",
                "spark.speculation.interval=10ms",
                "spark.speculation.multiplier=1.01",
                // The copy is wanted on the other host, which is never the one that Spark would wait for.
                "spark.locality.wait=0s",
                "spark.dynamicAllocation.enabled=true",
                "spark.dynamicAllocation.shuffleTracking.enabled=true",
                "spark.dynamicAllocation.minExecutors=1",
                // Two from the start: a second copy needs a free executor on the other host.
                "spark.dynamicAllocation.initialExecutors=2",
                "spark.dynamicAllocation.executorIdleTimeout=10s")) {
            all.addAll(List.of("--conf", setting));
        }
        all.addAll(List.of(command));
        return all.toArray(String[]::new);
    }

    /** Our settings for the console, with what each worker says of its rounds; executors take the levels over. */
    private Path talkative() throws IOException {
        String ours = Files.readString(RunningCluster.HOME.resolve("conf/log4j2.xml"));
        String more = ours.replace("name=\"dev.convoke\" level=\"info\"", "name=\"dev.convoke\" level=\"debug\"");
        assertThat(more).isNotEqualTo(ours);
        return Files.writeString(folder.resolve("talkative.xml"), more);
    }

    /** Returns the descriptions of all jobs that the history server knows. */
    private static List<String> jobs(RunningCluster cluster) throws IOException, InterruptedException {
        List<String> descriptions = new ArrayList<>();
        for (String application : applications(cluster)) {
            get(application + "/jobs")
                    .forEach(job -> descriptions.add(job.path("description").asText()));
        }
        return descriptions;
    }

    /** Returns how many tasks of a run Spark started a second time because they seemed slow. */
    private static int secondCopies(RunningCluster cluster, String run) throws IOException, InterruptedException {
        int copies = 0;
        for (String application : applications(cluster)) {
            for (JsonNode stage : get(application + "/stages?details=true")) {
                if (stage.path("description").asText().contains("run " + run + ": ")) {
                    for (JsonNode task : stage.path("tasks")) {
                        copies += task.path("speculative").asBoolean() ? 1 : 0;
                    }
                }
            }
        }
        return copies;
    }

    private static List<String> applications(RunningCluster cluster) throws IOException, InterruptedException {
        String all = cluster.page("history") + "api/v1/applications";
        List<String> addresses = new ArrayList<>();
        get(all).forEach(application ->
                addresses.add(all + "/" + application.get("id").asText()));
        return addresses;
    }

    private static JsonNode get(String address) throws IOException, InterruptedException {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
        return new ObjectMapper().readTree(answer.body());
    }

    private static List<JsonNode> executorLines(RunningCluster cluster) throws IOException {
        try (Stream<Path> files = Files.walk(cluster.settings().data("worker1"))) {
            List<JsonNode> lines = new ArrayList<>();
            for (Path file :
                    files.filter(path -> path.endsWith("convoke.log.json")).toList()) {
                for (String line : Files.readAllLines(file)) {
                    lines.add(new ObjectMapper().readTree(line));
                }
            }
            return lines;
        }
    }
}
