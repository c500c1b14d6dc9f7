package dev.convoke.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the nodes' own pages say of their health. */
final class NodePages {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    /** Returns how many DataNodes the NameNode knows alive; -1 while it does not answer or is in safe mode. */
    int liveDataNodes(String nameNode) {
        JsonNode state = bean(nameNode, "FSNamesystemState");
        JsonNode info = bean(nameNode, "NameNodeInfo");
        if (state == null || info == null || !info.path("Safemode").asText("?").isEmpty()) {
            return -1;
        }
        return state.path("NumLiveDataNodes").asInt(-1);
    }

    /** Returns how many workers the master knows alive; -1 while it does not answer. */
    int aliveWorkers(String master) {
        JsonNode state = jsonOrNull(master + "json/");
        return state == null ? -1 : state.path("aliveworkers").asInt(-1);
    }

    /** Returns whether a page answers. */
    boolean answers(String page) {
        return bodyOrNull(page) != null;
    }

    private @Nullable JsonNode bean(String nameNode, String name) {
        JsonNode answer = jsonOrNull(nameNode + "jmx?qry=Hadoop:service=NameNode,name=" + name);
        return answer == null || answer.path("beans").isEmpty()
                ? null
                : answer.path("beans").get(0);
    }

    private @Nullable JsonNode jsonOrNull(String address) {
        String body = bodyOrNull(address);
        if (body == null) {
            return null;
        }
        try {
            return JSON.readTree(body);
        } catch (IOException notYet) {
            return null;
        }
    }

    /** Nobody at home, or not ready yet: for whoever waits the two are the same. */
    private @Nullable String bodyOrNull(String address) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address)).timeout(PATIENCE).build();
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : null;
        } catch (IOException nobody) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
