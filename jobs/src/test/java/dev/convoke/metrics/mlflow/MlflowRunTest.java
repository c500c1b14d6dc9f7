package dev.convoke.metrics.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that only listens; the real one is asked by SeeingCheck. */
class MlflowRunTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location run = MemoryFileStore.root().child("runs/mine");
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final AtomicLong usedNanos = new AtomicLong();
    private HttpServer server;
    private volatile int status = 200;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/2.0/mlflow/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void aRunIsCreatedDescribedFollowedAndEnded() {
        try (MlflowRun mlflow = open()) {
            mlflow.start(new TreeMap<>(Map.of("epochs", "3")), Instant.ofEpochMilli(5));
            mlflow.log(new TreeMap<>(Map.of("loss", 0.5, "nothing", Double.NaN)), 7, Instant.ofEpochMilli(9));
            mlflow.end(MlflowRun.End.FINISHED, Instant.ofEpochMilli(11));
        }

        assertThat(warnings).isEmpty();
        assertThat(usedNanos).hasPositiveValue();
        assertThat(heard)
                .containsExactly(
                        "GET experiments/get-by-name ",
                        "POST experiments/create {\"name\":\"mine too\"}",
                        "POST runs/create {\"experiment_id\":\"4\",\"run_name\":\"mine\",\"start_time\":5,\"tags\":[{"
                                + "\"key\":\"mlflow.source.name\",\"value\":\"convoke\"},{\"key\":\"convoke.run\","
                                + "\"value\":\"memory:/runs/mine\"}]}",
                        "POST runs/update {\"run_id\":\"r9\",\"status\":\"RUNNING\"}",
                        "POST runs/log-batch {\"run_id\":\"r9\",\"params\":[{\"key\":\"epochs\",\"value\":\"3\"}]}",
                        "POST runs/log-batch {\"run_id\":\"r9\",\"metrics\":[{\"key\":\"loss\",\"value\":0.5,"
                                + "\"timestamp\":9,\"step\":7}]}",
                        "POST runs/update {\"run_id\":\"r9\",\"status\":\"FINISHED\",\"end_time\":11}");
        assertThat(new String(store.read(run.child("mlflow.json"), 1000), StandardCharsets.UTF_8))
                .contains("\"run_id\" : \"r9\"")
                .doesNotContain("Bearer");
    }

    @Test
    void aResumedRunGoesOnUnderItsNumber() {
        try (MlflowRun first = open()) {
            first.start(Map.of(), Instant.EPOCH);
        }
        heard.clear();

        try (MlflowRun second = open()) {
            second.start(Map.of("epochs", "3"), Instant.EPOCH);
        }

        assertThat(heard)
                .containsExactly("GET runs/get ", "POST runs/update {\"run_id\":\"r9\",\"status\":\"RUNNING\"}");
    }

    @Test
    void aServerThatRefusesIsToldOfOnceAndLeftAlone() {
        status = 403;
        try (MlflowRun mlflow = open()) {
            mlflow.start(Map.of(), Instant.EPOCH);
            mlflow.log(Map.of("loss", 1.0), 1, Instant.EPOCH);
            mlflow.log(Map.of("loss", 1.0), 2, Instant.EPOCH);
        }

        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("answers 403: not for you", "training goes on without it");
        assertThat(heard).hasSize(1);
    }

    private MlflowRun open() {
        String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        return new MlflowRun(
                new MlflowRun.Target(address, "mine too"), store, run, warnings::add, usedNanos::addAndGet);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring("/api/2.0/mlflow/".length());
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(exchange.getRequestMethod() + " " + path + " " + body);
        int code = status == 200 && path.equals("experiments/get-by-name") ? 404 : status;
        String answer =
                code == 403 ? "not for you" : "{\"experiment_id\": \"4\", \"run\": {\"info\": {\"run_id\": \"r9\"}}}";
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
