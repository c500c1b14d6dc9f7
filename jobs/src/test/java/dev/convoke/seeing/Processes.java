package dev.convoke.seeing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.JavaCommand;
import dev.convoke.cli.Main;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Programs that the checks run beside themselves, and what their servers answer. */
final class Processes {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Processes() {}

    /** Runs a verb of the real program in a process of its own; returns what it said, and fails if it failed. */
    static String convoke(Path folder, String... arguments) throws Exception {
        Path log = folder.resolve("convoke.log");
        Process process = start(log, arguments);
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        String said = Files.readString(log);
        if (process.exitValue() != 0) {
            throw new IllegalStateException(
                    String.join(" ", arguments) + " ended with " + process.exitValue() + ":\n" + said);
        }
        return said;
    }

    /** Runs a verb and kills it without a word as soon as a file is there. */
    static void convokeKilledAt(Path file, Path folder, String... arguments) throws Exception {
        Path log = folder.resolve("killed.log");
        Process process = start(log, arguments);
        while (!Files.exists(file)) {
            if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("ended before " + file + ":\n" + Files.readString(log));
            }
        }
        process.destroyForcibly().waitFor();
    }

    private static Process start(Path log, String... arguments) throws IOException {
        List<String> command = JavaCommand.of(Main.class, "-Xmx2g");
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Returns a program of the Python environment that .ci/seeing makes. */
    static String python(String program) {
        Path path = Path.of(System.getProperty("convoke.seeing.python", "target/seeing-python"), "bin", program);
        if (!Files.isExecutable(path)) {
            throw new IllegalStateException("No " + path.toAbsolutePath() + ": .ci/seeing installs it from PyPI");
        }
        return path.toAbsolutePath().toString();
    }

    /** Starts a server of that environment; its output goes into a file. */
    static Process server(Path folder, String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(python(program));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(program + ".log").toFile())
                .start();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Asks until a server answers with 200, for a minute and a half. */
    static String awaitAnswer(Process server, String address) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (true) {
            try {
                HttpResponse<String> response = CLIENT.send(
                        HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    return response.body();
                }
            } catch (IOException notYet) {
                if (!server.isAlive()) {
                    throw new IllegalStateException("The server has ended: its log says why", notYet);
                }
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("No answer from " + address);
            }
            TimeUnit.MILLISECONDS.sleep(300);
        }
    }

    static JsonNode json(String address) throws Exception {
        HttpResponse<String> response =
                CLIENT.send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IllegalStateException(address + " answers " + response.statusCode() + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }

    static byte[] bytes(String address) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofByteArray())
                .body();
    }

    static void stop(Process server) {
        server.descendants().forEach(ProcessHandle::destroy);
        server.destroy();
        try {
            server.onExit().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException busy) {
            server.destroyForcibly();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            server.destroyForcibly();
        }
    }
}
