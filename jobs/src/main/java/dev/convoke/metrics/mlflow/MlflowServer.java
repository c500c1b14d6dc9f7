package dev.convoke.metrics.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * The REST interface of an MLflow tracking server, version 2.0. Credentials come from the environment, under the names
 * MLflow's own client uses: {@code MLFLOW_TRACKING_TOKEN}, or {@code MLFLOW_TRACKING_USERNAME} and
 * {@code MLFLOW_TRACKING_PASSWORD}. Everything happens on the calling thread, so that its processor time is all it
 * costs.
 */
final class MlflowServer {

    private static final int PATIENCE_MILLIS = 10_000;
    private static final int NOT_FOUND = 404;
    private static final ObjectMapper JSON = new ObjectMapper();

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
        Optional<JsonNode> found = get(query);
        if (found.isPresent()) {
            return found.get().path("experiment").path("experiment_id").asText();
        }
        return post("experiments/create", JSON.createObjectNode().put("name", name))
                .path("experiment_id")
                .asText();
    }

    /** Returns whether the server knows a run. */
    boolean knows(String runId) {
        return get("runs/get?run_id=" + URLEncoder.encode(runId, StandardCharsets.UTF_8))
                .isPresent();
    }

    /** Sends an object and returns the answer. */
    JsonNode post(String path, ObjectNode body) {
        byte[] content = text(body).getBytes(StandardCharsets.UTF_8);
        return send(path, connection -> {
                    connection.setDoOutput(true);
                    connection.setRequestProperty("Content-Type", "application/json");
                    connection.getOutputStream().write(content);
                })
                .orElseThrow(() -> new MlflowException(base + path + " is not there: is this an MLflow server?"));
    }

    private Optional<JsonNode> get(String path) {
        return send(path, connection -> connection.setRequestMethod("GET"));
    }

    /** What is sent beside the address. */
    @FunctionalInterface
    private interface Request {
        void write(HttpURLConnection connection) throws IOException;
    }

    private static String text(ObjectNode body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("A tree of plain values could not be written", impossible);
        }
    }

    /** Returns the answer, or empty if what was asked for is not there. */
    private Optional<JsonNode> send(String path, Request request) {
        URI address = URI.create(base + path);
        try {
            HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            authorization.ifPresent(value -> connection.setRequestProperty("Authorization", value));
            request.write(connection);
            return answer(address, connection);
        } catch (IOException e) {
            throw new MlflowException("MLflow at " + address + " cannot be reached: " + e);
        }
    }

    private static Optional<JsonNode> answer(URI address, HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        boolean good = status / 100 == 2;
        String body = "";
        // Read to the end, so that the connection serves the next request, too.
        try (InputStream stream = good ? connection.getInputStream() : connection.getErrorStream()) {
            if (stream != null) {
                body = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
        if (status == NOT_FOUND) {
            return Optional.empty();
        }
        if (!good) {
            String said = body.replaceAll("\\s+", " ");
            throw new MlflowException("MLflow at " + address.getHost() + " answers " + status + ": "
                    + said.substring(0, Math.min(200, said.length())));
        }
        return Optional.of(JSON.readTree(body));
    }
}
