package dev.convoke.seeing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.seeing.Chromium.Seen;
import dev.convoke.seeing.Chromium.View;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a real run shows, looked at by those who look: its pages in Chromium, its events in TensorBoard, its figures in
 * an MLflow server. Not part of the default suite: {@code .ci/seeing} installs what it needs and runs it.
 */
class SeeingCheck {

    /** Counts pictures, and those among them that have not been drawn. */
    private static final String COUNT = "(() => { const images = [...document.images];"
            + " return { images: images.length, broken: images.filter(i => !i.complete || i.naturalWidth === 0).length,"
            + " charts: [...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().width > 100).length,"
            + " wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,"
            + " dark: getComputedStyle(document.body).backgroundColor }; })()";

    @TempDir
    private static Path folder;

    private static Path run;

    @BeforeAll
    static void trainForReal() throws Exception {
        // Another rate for the second run and a death in its middle, so that there is something to compare and to tell.
        Processes.convoke(
                folder,
                "quickstart",
                "--out",
                folder.resolve("quickstart").toString(),
                "--photographs",
                "700",
                "--set",
                "epochs=5",
                "--profile");
        run = folder.resolve("quickstart/run");
        String[] slower = {
            "train",
            "../conf/recipes/quickstart.yaml",
            "--data",
            folder.resolve("quickstart/dataset").toString(),
            "--out",
            folder.resolve("slower").toString(),
            "--set",
            "epochs=5",
            "--set",
            "optimizer.learning_rate=0.002",
            "--set",
            "checkpoint.every_rounds=5"
        };
        Processes.convokeKilledAt(folder.resolve("slower/metrics/round-000012.jsonl"), folder, slower);
        Processes.convoke(folder, slower);
        Processes.convoke(
                folder,
                "report",
                run.toString(),
                "--compare",
                folder.resolve("slower").toString());
        // Written again as a user does: the pictures come from the recipe's dataset.
        Processes.convoke(folder, "report", run.toString());
    }

    @Test
    void theReportOpensInChromiumWithoutAnErrorOrARequestInLightAndDarkAtTwoWidths() throws Exception {
        look(run.resolve("report.html"), "report", 6, 13);
    }

    @Test
    void soDoesTheComparisonOfTwoRuns() throws Exception {
        look(run.resolve("compare-with-slower.html"), "comparison", 7, 0);
    }

    @Test
    void soDoesTheReportOfARunThatSurvivedADeath() throws Exception {
        Path page = folder.resolve("slower/report.html");

        look(page, "survived", 6, 13);

        assertThat(page).content().contains("process lost", "ended without a word");
    }

    @Test
    void soDoesThePageOfManyRuns() throws Exception {
        Path page = folder.resolve("runs.html");

        Processes.convoke(folder, "runs", folder.toString(), "--plot", page.toString());

        look(page, "runs", 7, 0);
    }

    private void look(Path page, String name, int charts, int images) throws Exception {
        Set<String> grounds = new HashSet<>();
        try (Chromium chromium = new Chromium(folder.resolve("chromium-" + name))) {
            for (View view :
                    List.of(new View(1280, "light", 0.6), new View(1280, "dark", 0.6), new View(420, "light", 0.7))) {
                Seen seen = chromium.open(page.toUri(), view, COUNT);

                assertThat(seen.errors()).as(view.toString()).isEmpty();
                assertThat(seen.requests())
                        .as(view.toString())
                        .isNotEmpty()
                        .allMatch(url -> url.startsWith("data:")
                                || url.equals(page.toUri().toString()));
                assertThat(seen.counts().get("charts").asInt()).isEqualTo(charts);
                assertThat(seen.counts().get("images").asInt()).isGreaterThanOrEqualTo(images);
                assertThat(seen.counts().get("broken").asInt()).isZero();
                assertThat(seen.counts().get("wide").asInt())
                        .as("scrolls sideways at " + view)
                        .isZero();
                grounds.add(view.scheme() + seen.counts().get("dark").asText());
                Chromium.write(
                        pictures().resolve(name + "-" + view.width() + "-" + view.scheme() + ".jpg"),
                        seen.screenshot());
            }
        }
        assertThat(grounds).as("light and dark differ").hasSize(2);
    }

    private static Path pictures() {
        return Path.of(System.getProperty("convoke.seeing.screenshots", "target/screenshots"));
    }

    @Test
    void aPageThatAsksForSomethingIsFound() throws Exception {
        Path page = folder.resolve("bad.html");
        Files.writeString(
                page,
                "<!DOCTYPE html><title>bad</title><img src='http://127.0.0.1:9/x.png'><script>nowhere()</script>");

        try (Chromium chromium = new Chromium(folder.resolve("chromium-bad"))) {
            Seen seen = chromium.open(page.toUri(), new View(600, "light", 1), COUNT);

            assertThat(seen.requests()).contains("http://127.0.0.1:9/x.png");
            assertThat(seen.errors()).anyMatch(error -> error.contains("nowhere is not defined"));
            assertThat(seen.counts().get("broken").asInt()).isEqualTo(1);
        }
    }

    @Test
    void tensorBoardShowsScalarsHistogramsImagesAndTheGraph() throws Exception {
        try (TensorBoard board = TensorBoard.over(run.resolve("events"), folder)) {
            String base = board.page() + "data/";
            JsonNode scalars = Processes.json(base + "plugin/scalars/tags");
            assertThat(scalars.path("train").has("loss")).isTrue();
            assertThat(scalars.path("train").has("phases, ms/compute")).isTrue();
            assertThat(scalars.path("validation").has("top-1")).isTrue();

            List<RoundMetrics> rounds = new MetricLog(new LocalFileStore(), new Location("file:" + run)).readAll();
            JsonNode losses = Processes.json(base + "plugin/scalars/scalars?run=train&tag=loss");
            assertThat(losses).hasSize(rounds.size());
            for (int i = 0; i < rounds.size(); i++) {
                assertThat(losses.get(i).get(1).asInt()).isEqualTo(rounds.get(i).round());
                assertThat(losses.get(i).get(2).asDouble())
                        .isCloseTo(rounds.get(i).loss(), within(1e-5));
            }

            JsonNode histograms =
                    Processes.json(base + "plugin/histograms/tags").path("state");
            List<String> tags = new ArrayList<>();
            histograms.fieldNames().forEachRemaining(tags::add);
            long weights =
                    tags.stream().filter(tag -> tag.startsWith("weights/")).count();
            long updates =
                    tags.stream().filter(tag -> tag.startsWith("updates/")).count();
            // AlexNet: 5 convolutions and 3 dense layers with W and b, 5 batch norms of 4 arrays, 2 of them not
            // trained.
            assertThat(weights).isEqualTo(36);
            assertThat(updates).isEqualTo(26);
            JsonNode one = Processes.json(base + "plugin/histograms/histograms?run=state&tag="
                    + URLEncoder.encode(tags.get(0), StandardCharsets.UTF_8));
            assertThat(one).hasSize(5);

            JsonNode images = Processes.json(base + "plugin/images/tags").path("validation");
            assertThat(images.has("examples/worst mistakes")).isTrue();
            JsonNode sheets =
                    Processes.json(base + "plugin/images/images?run=validation&sample=0&tag=examples%2Fworst+mistakes");
            String query = sheets.get(0).get("query").asText();
            byte[] sheet = Processes.bytes(base + "plugin/images/individualImage?" + query);
            assertThat(ImageIO.read(new ByteArrayInputStream(sheet)).getWidth()).isGreaterThan(300);

            String graph = new String(
                    Processes.bytes(base + "plugin/graphs/graph?run=state&conceptual=false"), StandardCharsets.UTF_8);
            assertThat(graph).contains("Conv2D", "Dense", "_output_shapes");
            Seen page = board.photograph(folder.resolve("chromium-tensorboard"));
            assertThat(page.counts().get("curves").asInt()).isGreaterThan(3);
            assertThat(page.counts().get("images").asInt()).isPositive();
            Chromium.write(pictures().resolve("tensorboard-1280-light.jpg"), page.screenshot());
        }
    }

    @Test
    void theTraceHasEveryPartOfARoundForEveryWorker() throws Exception {
        JsonNode trace = new ObjectMapper()
                .readTree(Files.readString(run.resolve("profile/trace.json")))
                .get("traceEvents");

        Set<String> lanes = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (JsonNode event : trace) {
            if (event.get("ph").asText().equals("X")) {
                assertThat(event.get("dur").asLong()).isNotNegative();
                names.add(event.get("name").asText().replaceAll(" .*", ""));
            } else if (event.get("name").asText().equals("thread_name")) {
                lanes.add(event.get("args").get("name").asText());
            }
        }
        assertThat(names)
                .contains("read", "decode", "wait", "compute", "receive", "send", "average", "round", "commit");
        assertThat(lanes).contains("worker 0", "worker 1", "worker 0, examples", "rounds", "commits", "owner 0");
    }

    @Test
    void anMlflowServerHasTheRunWithItsRecipeItsCurvesAndItsEnd() throws Exception {
        int port = Processes.freePort();
        String address = "http://127.0.0.1:" + port;
        Process server = Processes.server(
                folder,
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--workers",
                "1",
                "--backend-store-uri",
                "sqlite:///" + folder.resolve("mlflow.db"));
        try {
            Processes.awaitAnswer(server, address + "/health");
            Path tracked = folder.resolve("tracked");
            assertThat(train(tracked, "--mlflow", address, "--mlflow-experiment", "seeing"))
                    .doesNotContain("MLflow");

            String id = number(tracked);
            assertTracked(address + "/api/2.0/mlflow/", id, tracked);
            assertThat(train(tracked, "--mlflow", address, "--mlflow-experiment", "seeing"))
                    .doesNotContain("MLflow");
            assertThat(number(tracked))
                    .as("a second start goes on with the same run")
                    .isEqualTo(id);
        } finally {
            Processes.stop(server);
        }
    }

    private static void assertTracked(String api, String id, Path tracked) throws Exception {
        JsonNode seen = Processes.json(api + "runs/get?run_id=" + id).get("run");
        assertThat(seen.path("info").path("status").asText()).isEqualTo("FINISHED");
        assertThat(seen.path("info").path("run_name").asText()).isEqualTo("tracked");
        assertThat(seen.path("data").path("params").toString())
                .contains("{\"key\":\"optimizer.learning_rate\",\"value\":\"0.01\"}");
        assertThat(seen.path("data").path("metrics").toString()).contains("validation/top1");
        JsonNode history = Processes.json(
                        api + "metrics/get-history?run_id=" + id + "&metric_key=train%2Floss&max_results=1000")
                .get("metrics");
        List<RoundMetrics> rounds = new MetricLog(new LocalFileStore(), new Location("file:" + tracked)).readAll();
        assertThat(history).hasSize(rounds.size());
        assertThat(history.get(0).get("value").asDouble())
                .isCloseTo(rounds.get(0).loss(), within(1e-9));
    }

    private static String number(Path run) throws Exception {
        return new ObjectMapper()
                .readTree(Files.readString(run.resolve("mlflow.json")))
                .get("run_id")
                .asText();
    }

    /** Trains one epoch; returns what was said. */
    private static String train(Path out, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "../conf/recipes/quickstart.yaml",
                "--data",
                folder.resolve("quickstart/dataset").toString(),
                "--out",
                out.toString(),
                "--set",
                "epochs=1"));
        arguments.addAll(List.of(more));
        return Processes.convoke(folder, arguments.toArray(String[]::new));
    }

    @Test
    void anMlflowServerThatIsNotThereIsWarnedOfOnceAndTrainingGoesOn() throws Exception {
        String said = train(folder.resolve("untracked"), "--mlflow", "http://127.0.0.1:9");

        assertThat(said.lines().filter(line -> line.contains("MLflow")))
                .singleElement()
                .asString()
                .contains("cannot be reached", "training goes on without it");
        assertThat(folder.resolve("untracked/report.html")).exists();
    }
}
