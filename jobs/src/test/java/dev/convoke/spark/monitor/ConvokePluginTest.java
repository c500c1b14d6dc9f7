package dev.convoke.spark.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Prometheus scrapes from a driver that was started with conf/prometheus/spark.conf. */
class ConvokePluginTest {

    private static final String PREFIX = "metrics_convoke_driver_plugin_dev_convoke_spark_monitor_ConvokePlugin_";

    private static JavaSparkContext spark;
    private static String page = "";

    @BeforeAll
    static void startWithTheShippedSettings() throws Exception {
        SparkConf conf = new SparkConf()
                .setMaster("local[2]")
                .setAppName("monitor")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.ui.port", "0");
        for (String line : Files.readAllLines(Path.of("../conf/prometheus/spark.conf"))) {
            if (!line.startsWith("#")) {
                String[] setting = line.strip().split("\\s+", 2);
                conf.set(setting[0], setting[1]);
            }
        }
        spark = new JavaSparkContext(conf);
        new RunEvent.Builder()
                .figure(RunFigure.LOSS, 1.5)
                .figure(RunFigure.ROUND, 12)
                .figure(RunFigure.DIVERGENCE, Double.NaN)
                .count(RunCount.EXAMPLES, 100)
                .build()
                .post(spark);
        new RunEvent.Builder().count(RunCount.EXAMPLES, 28).build().post(spark);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            page = scrape();
            return value(RunCount.EXAMPLES.metric() + "_Count") == 128;
        });
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void everyFigureAndCountIsThereUnderItsDocumentedName() throws IOException {
        String documentation = Files.readString(Path.of("../docs/seeing.md"));

        for (String name : names()) {
            assertThat(page).contains(PREFIX + name);
            assertThat(documentation).contains("`" + name.replaceAll("_(Value|Count)$", "") + "`");
        }
    }

    @Test
    void valuesAreWhatTrainingSaidLast() {
        assertThat(value("loss_Value")).isEqualTo(1.5);
        assertThat(value("round_Value")).isEqualTo(12);
        assertThat(value("examples_total_Count")).isEqualTo(128);
        assertThat(value("divergence_Value")).isNaN();
    }

    @Test
    void whatTheProcessesWorkersDidIsThereToo() {
        for (String name : List.of("examples", "shares", "compute_millis", "wait_millis", "received_bytes")) {
            assertThat(page).contains("_ConvokePlugin_executor_" + name + "_Value");
        }
    }

    @Test
    void theDashboardAsksForNothingThatIsNotThere() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Path.of("../conf/prometheus/grafana-dashboard.json").toFile());
        Pattern metric = Pattern.compile("metrics_\\w+");
        int asked = 0;
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                Matcher matcher = metric.matcher(target.get("expr").asText());
                assertThat(matcher.find()).isTrue();
                assertThat(page).contains(matcher.group() + "{");
                // Two drivers have to be told apart.
                assertThat(target.get("expr").asText()).contains("{instance=~\"$instance\"}");
                assertThat(target.get("legendFormat").asText()).startsWith("{{instance}} ");
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(20);
    }

    private static List<String> names() {
        return Stream.concat(
                        Arrays.stream(RunFigure.values()).map(figure -> figure.metric() + "_Value"),
                        Arrays.stream(RunCount.values()).map(count -> count.metric() + "_Count"))
                .toList();
    }

    private static double value(String name) {
        Matcher matcher =
                Pattern.compile("(?m)^" + PREFIX + name + "\\{[^}]*\\} (\\S+)$").matcher(page);
        assertThat(matcher.find()).as(name + " in\n" + page).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    private static String scrape() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(spark.sc().uiWebUrl().get() + "/metrics/prometheus"))
                .build();
        return HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
