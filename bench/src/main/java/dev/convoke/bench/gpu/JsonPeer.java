package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A process that answers each line of JSON with one; it is started when it is first asked, and anew once it died. */
final class JsonPeer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final List<String> command;
    private final Path log;
    private @Nullable Process process;

    /** Prepares a peer; the command prints {@code {"ready":true}} once it listens. */
    JsonPeer(String name, List<String> command) throws IOException {
        this.name = name;
        this.command = command;
        File file = File.createTempFile("convoke-gpu-peer", ".log");
        file.deleteOnExit();
        this.log = file.toPath();
    }

    /** A request that the peer understood and could not do. */
    static final class RefusedException extends IOException {

        private static final long serialVersionUID = 1;
        private final boolean memory;

        RefusedException(String message, boolean memory) {
            super(message);
            this.memory = memory;
        }

        /** Returns whether a smaller minibatch may help. */
        boolean isForMemory() {
            return memory;
        }
    }

    /** Returns an empty request. */
    static ObjectNode request(String what) {
        return JSON.createObjectNode().put("do", what);
    }

    /** Returns what the peer is called. */
    String name() {
        return name;
    }

    /**
     * Asks, and returns the answer.
     *
     * @throws RefusedException if the peer says that it cannot
     * @throws IOException if it died, or did not answer in time and was stopped
     */
    JsonNode ask(ObjectNode request, long seconds) throws IOException, InterruptedException {
        Process current = process != null && process.isAlive() ? process : start(seconds);
        JsonNode answer = exchange(current, request.toString(), seconds);
        if (answer.has("error")) {
            throw new RefusedException(
                    name + ": " + answer.path("error").asText(),
                    answer.path("memory").asBoolean());
        }
        return answer;
    }

    @Override
    public void close() {
        Process current = process;
        if (current != null) {
            // A compiler's helpers would outlive it.
            current.descendants().forEach(ProcessHandle::destroyForcibly);
            current.destroyForcibly();
            process = null;
        }
    }

    private Process start(long seconds) throws IOException, InterruptedException {
        Process started =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        process = started;
        exchange(started, "", seconds);
        return started;
    }

    private JsonNode exchange(Process current, String request, long seconds) throws IOException, InterruptedException {
        if (!request.isEmpty()) {
            BufferedWriter requests = current.outputWriter(StandardCharsets.UTF_8);
            requests.write(request + "\n");
            requests.flush();
        }
        CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> answer(current));
        try {
            String answer = line.get(Math.max(1, seconds), TimeUnit.SECONDS);
            if (answer.isEmpty()) {
                throw new IOException(name + " died with exit code " + current.waitFor() + ": " + lastLines());
            }
            return JSON.readTree(answer);
        } catch (TimeoutException e) {
            close();
            throw new IOException(name + " did not answer in " + seconds + " s and was stopped: " + lastLines());
        } catch (ExecutionException e) {
            throw new IOException(name + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String answer(Process process) {
        BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith("{")) {
                    return line;
                }
            }
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("SLF4J"))
                .toList();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 6), lines.size()));
    }
}
