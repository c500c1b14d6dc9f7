package dev.convoke.metrics.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * The REST interface of an MLflow tracking server, version 2.0. Credentials come from the environment, under the names
 * MLflow's own client uses: {@code MLFLOW_TRACKING_TOKEN}, or {@code MLFLOW_TRACKING_USERNAME} and
 * {@code MLFLOW_TRACKING_PASSWORD}.
 */
final class MlflowServer {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int NOT_FOUND = 404;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final String base;
    private final Optional<String> authorization;

    /** Talks to a server at an address such as {@code http://127.0.0.1:5000}. */
    MlflowServer(String address, Map<String, String> environment) {
        this.base = address.replaceAll("/+$", "") + "/api/2.0/mlflow/";
        this.authorization = authorization(environment);
    }

    private static Optional<String> authorization(Map<String, String> environment) {
        String token = environment.getOrDefault("MLFLOW_TRACKING_TOKEN", "");
        String user = environment.getOrDefault("MLFLOW_TRACKING_USERNAME", "");
        if (!token.isEmpty()) {
            return Optional.of("Bearer " + token);
        }
        if (user.isEmpty()) {
            return Optional.empty();
        }
        String pair = user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
        return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the number of the experiment of this name, which is created if there is none. */
    String experiment(String name) {
        String query = "experiments/get-by-name?experiment_name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
        Optional<JsonNode> found = send(request(query).GET().build());
        if (found.isPresent()) {
            return found.get().path("experiment").path("experiment_id").asText();
        }
        return post("experiments/create", JSON.createObjectNode().put("name", name))
                .path("experiment_id")
                .asText();
    }

    /** Returns whether the server knows a run. */
    boolean knows(String runId) {
        return send(request("runs/get?run_id=" + URLEncoder.encode(runId, StandardCharsets.UTF_8))
                        .GET()
                        .build())
                .isPresent();
    }

    /** Sends an object and returns the answer. */
    JsonNode post(String path, ObjectNode body) {
        HttpRequest request = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(text(body)))
                .build();
        return send(request)
                .orElseThrow(() -> new MlflowException(base + path + " is not there: is this an MLflow server?"));
    }

    private static String text(ObjectNode body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("A tree of plain values could not be written", impossible);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
        authorization.ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    /** Returns the answer, or empty if what was asked for is not there. */
    private Optional<JsonNode> send(HttpRequest request) {
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == NOT_FOUND) {
                return Optional.empty();
            }
            if (response.statusCode() / 100 != 2) {
                String said = response.body().replaceAll("\\s+", " ");
                throw new MlflowException("MLflow at " + request.uri().getHost() + " answers " + response.statusCode()
                        + ": " + said.substring(0, Math.min(200, said.length())));
            }
            return Optional.of(JSON.readTree(response.body()));
        } catch (IOException e) {
            throw new MlflowException("MLflow at " + request.uri() + " cannot be reached: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MlflowException("Interrupted while talking to MLflow");
        }
    }
}
