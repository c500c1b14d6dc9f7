package dev.convoke.seeing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real headless Chromium, spoken to in its DevTools protocol: opens pages and says what they did. */
final class Chromium implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
    private static final long PATIENCE_SECONDS = 30;

    private final ObjectMapper json = new ObjectMapper();
    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger number = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();

    /**
     * What a page did.
     *
     * @param errors of scripts, of the console, of loading
     * @param requests every address it asked for
     * @param counts what {@code countingScript} returned
     * @param screenshot of the whole page, as JPEG
     */
    @SuppressWarnings("ArrayRecordComponent") // written to a file, never compared
    record Seen(List<String> errors, List<String> requests, JsonNode counts, byte[] screenshot) {}

    /**
     * How a page is looked at.
     *
     * @param width of the window in pixels
     * @param scheme {@code light} or {@code dark}
     * @param scale of the screenshot
     */
    record View(int width, String scheme, double scale) {}

    /** Starts the browser; the message says what to install if there is none. */
    Chromium(Path profile) throws Exception {
        try {
            process = new ProcessBuilder(
                            "chromium",
                            "--headless=new",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--hide-scrollbars",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--remote-debugging-port=0",
                            "--user-data-dir=" + profile,
                            "about:blank")
                    .start();
        } catch (IOException missing) {
            throw new IllegalStateException("No 'chromium' on the PATH: .ci/seeing installs it", missing);
        }
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address()), new Listener())
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private String address() throws IOException {
        BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            said.append(line).append('\n');
            Matcher matcher = LISTENING.matcher(line);
            if (matcher.find()) {
                Thread drain = new Thread(() -> errors.lines().forEach(rest -> {}), "chromium-errors");
                drain.setDaemon(true);
                drain.start();
                return matcher.group(1);
            }
        }
        throw new IllegalStateException("Chromium ended without listening: " + said);
    }

    /** Opens a page, waits until it is loaded, and takes its picture from top to bottom. */
    Seen open(URI page, View view, String countingScript) throws Exception {
        events.clear();
        String target = call("", "Target.createTarget", object().put("url", "about:blank"))
                .get("targetId")
                .asText();
        String session = call(
                        "",
                        "Target.attachToTarget",
                        object().put("targetId", target).put("flatten", true))
                .get("sessionId")
                .asText();
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(session, domain + ".enable", object());
        }
        call(
                session,
                "Emulation.setDeviceMetricsOverride",
                object().put("width", view.width())
                        .put("height", 900)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", false));
        ObjectNode media = object();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", view.scheme());
        call(session, "Emulation.setEmulatedMedia", media);
        call(session, "Page.navigate", object().put("url", page.toString()));
        await("Page.loadEventFired");
        JsonNode counts = call(
                        session,
                        "Runtime.evaluate",
                        object().put("expression", countingScript)
                                .put("returnByValue", true)
                                .put("awaitPromise", true))
                .get("result")
                .path("value");
        byte[] screenshot = screenshot(session, view);
        call("", "Target.closeTarget", object().put("targetId", target));
        return new Seen(errors(), requests(), counts, screenshot);
    }

    private byte[] screenshot(String session, View view) throws Exception {
        JsonNode size = call(session, "Page.getLayoutMetrics", object()).get("cssContentSize");
        ObjectNode request = object().put("format", "jpeg").put("quality", 62).put("captureBeyondViewport", true);
        request.putObject("clip")
                .put("x", 0)
                .put("y", 0)
                .put("width", view.width())
                .put("height", size.get("height").asDouble())
                .put("scale", view.scale());
        String data =
                call(session, "Page.captureScreenshot", request).get("data").asText();
        return Base64.getDecoder().decode(data);
    }

    private List<String> errors() {
        List<String> errors = new ArrayList<>();
        for (JsonNode event : events) {
            String method = event.path("method").asText();
            JsonNode params = event.path("params");
            boolean bad = method.equals("Runtime.exceptionThrown")
                    || method.equals("Network.loadingFailed")
                    || (method.equals("Log.entryAdded")
                            && !params.path("entry").path("level").asText().equals("info"))
                    || (method.equals("Runtime.consoleAPICalled")
                            && params.path("type").asText().equals("error"));
            if (bad) {
                errors.add(event.toString());
            }
        }
        return errors;
    }

    private List<String> requests() {
        return events.stream()
                .filter(event -> event.path("method").asText().equals("Network.requestWillBeSent"))
                .map(event -> event.path("params").path("request").path("url").asText())
                .toList();
    }

    private void await(String event) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (events.stream().noneMatch(one -> one.path("method").asText().equals(event))) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("No " + event + " in " + PATIENCE_SECONDS + " s: " + events);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private ObjectNode object() {
        return json.createObjectNode();
    }

    private JsonNode call(String session, String method, ObjectNode params) throws Exception {
        int id = number.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        ObjectNode message = object().put("id", id).put("method", method);
        message.set("params", params);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        socket.sendText(message.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        JsonNode whole = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (whole.has("error")) {
            throw new IllegalStateException(method + ": " + whole.get("error"));
        }
        return whole.get("result");
    }

    /** Puts answers and events together from their parts. */
    private final class Listener implements WebSocket.Listener {

        private final StringBuilder parts = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                hear(parts.toString());
                parts.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        private void hear(String text) {
            try {
                JsonNode message = json.readTree(text);
                CompletableFuture<JsonNode> waits =
                        message.has("id") ? waiting.remove(message.get("id").asInt()) : null;
                if (waits != null) {
                    waits.complete(message);
                } else {
                    events.add(message);
                }
            } catch (IOException e) {
                throw new IllegalStateException("Chromium says what is no JSON: " + text, e);
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Writes a picture, and the folder above it. */
    static void write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, content);
    }
}
