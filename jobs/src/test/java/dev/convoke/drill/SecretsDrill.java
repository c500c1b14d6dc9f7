package dev.convoke.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.drill.RunningCluster.Done;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Twelve planted secrets of the kinds people give to Spark; after a run none is anywhere it could be read. */
class SecretsDrill {

    private static final String CANARY = "canary0bird";

    @TempDir
    private Path folder;

    @Test
    void noPlantedSecretIsInLogsEventLogsPagesRunsOrWorkFolders() throws Exception {
        PhotographFolder.write(folder.resolve("images"), 7, 40);
        try (RunningCluster cluster = RunningCluster.start(folder, 0)) {
            Map<String, String> planted = plant(cluster);
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
            Done trained = cluster.submitWith(
                    Map.of("CONVOKE_DATABASE_PASSWORD", planted.get("environment")),
                    PipelineDrill.train(cluster, "guarded"));
            String[] inAddress = PipelineDrill.train(cluster, "refused");
            inAddress[List.of(inAddress).indexOf("--data") + 1] =
                    "s3a://AKIA:" + planted.get("address") + "@bucket/data";
            Done refused = cluster.submit(inAddress);
            String pages = pages(cluster);
            cluster.hadoop(
                    "dfs",
                    "-get",
                    cluster.hdfs("/"),
                    folder.resolve("everything").toString());

            assertThat(List.of(sharded.code(), trained.code(), refused.code()))
                    .as(trained.text())
                    .containsExactly(0, 0, 2);
            assertThat(planted).hasSize(12);
            assertThat(sharded.text() + trained.text() + refused.text() + pages).doesNotContain(CANARY);
            assertThat(pages).contains("spark.authenticate.secret").contains("*(redacted)");
            assertThat(filesWith(folder.resolve("everything"))).as("in HDFS").isEmpty();
            assertThat(filesWith(cluster.settings().logs()))
                    .as("logs of the nodes")
                    .isEmpty();
            assertThat(filesWith(cluster.settings().data("worker1")))
                    .as("work folder")
                    .isEmpty();
            assertThat(filesWith(cluster.settings().data("worker2")))
                    .as("work folder")
                    .isEmpty();
            assertThat(filesWith(cluster.settings().conf()))
                    .as("where they were planted")
                    .isNotEmpty();
        }
    }

    /** Plants them where people do: in the file that only they can read, the environment, and an address. */
    private static Map<String, String> plant(RunningCluster cluster) throws IOException {
        Map<String, String> planted = new LinkedHashMap<>();
        for (String key : List.of(
                "spark.hadoop.fs.s3a.access.key",
                "spark.hadoop.fs.s3a.secret.key",
                "spark.hadoop.fs.s3a.session.token",
                "spark.hadoop.fs.azure.account.key.mine.dfs.core.windows.net",
                "spark.hadoop.fs.gs.auth.service.account.private.key",
                "spark.ssl.keyPassword",
                "spark.ssl.keyStorePassword",
                "spark.hadoop.hadoop.security.credential.clear-text",
                "spark.executorEnv.AWS_SECRET_ACCESS_KEY",
                "spark.executorEnv.SOME_API_KEY")) {
            planted.put(key, CANARY + planted.size());
        }
        StringBuilder lines = new StringBuilder("\n");
        planted.forEach(
                (key, value) -> lines.append(key).append(' ').append(value).append('\n'));
        Files.writeString(cluster.settings().conf().resolve("spark-defaults.conf"), lines, StandardOpenOption.APPEND);
        planted.put("environment", CANARY + planted.size());
        planted.put("address", CANARY + planted.size());
        return planted;
    }

    /** Returns what the history server and the master show of every application. */
    private static String pages(RunningCluster cluster) throws IOException, InterruptedException {
        String history = cluster.page("history");
        StringBuilder all = new StringBuilder(get(cluster.page("master") + "json/"));
        String applications = get(history + "api/v1/applications");
        java.util.regex.Matcher id =
                java.util.regex.Pattern.compile("\"id\" : \"([^\"]+)\"").matcher(applications);
        List<String> ids = new ArrayList<>();
        while (id.find()) {
            ids.add(id.group(1));
        }
        assertThat(ids).hasSize(2);
        for (String application : ids) {
            all.append(get(history + "api/v1/applications/" + application + "/environment"));
            all.append(get(history + "history/" + application + "/environment/"));
            all.append(get(history + "api/v1/applications/" + application + "/allexecutors"));
        }
        return all.toString();
    }

    private static String get(String address) throws IOException, InterruptedException {
        HttpResponse<String> answer = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()
                .send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(address).isEqualTo(200);
        return answer.body();
    }

    private static List<Path> filesWith(Path root) throws IOException {
        List<Path> found = new ArrayList<>();
        byte[] canary = CANARY.getBytes(StandardCharsets.UTF_8);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (contains(Files.readAllBytes(file), canary)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains(new String(wanted, StandardCharsets.ISO_8859_1));
    }
}
