package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Checks cases outside this process, so that a crash of a native library ends one case and not the check. After any
 * failure the next case gets a new process: an error of a GPU stays with the process that made it. Starting one takes
 * seconds on a machine with GPUs, so cases that are fine share one.
 */
final class CheckProcess implements AutoCloseable {

    private final CheckOptions options;
    private final int seconds;
    private final Path log;
    private @Nullable Process process;

    /**
     * Prepares; the first case starts the process.
     *
     * @param seconds after which a case counts as hanging
     */
    CheckProcess(CheckOptions options, int seconds) throws IOException {
        this.options = options;
        this.seconds = seconds;
        File file = File.createTempFile("convoke-check", ".log");
        file.deleteOnExit();
        this.log = file.toPath();
    }

    /** Checks one case; whatever becomes of the process is in the result. */
    CheckResult check(String name, Precision precision) throws InterruptedException {
        CheckResult result;
        try {
            result = ask(name, precision);
        } catch (IOException | ExecutionException e) {
            result = CheckResult.failed(name, precision, "the process that checks did not answer: " + e.getMessage());
        }
        if (!result.ok()) {
            close();
        }
        return result;
    }

    private CheckResult ask(String name, Precision precision)
            throws IOException, InterruptedException, ExecutionException {
        Process current = process != null && process.isAlive() ? process : start();
        process = current;
        BufferedWriter requests = current.outputWriter(StandardCharsets.UTF_8);
        requests.write(name + " " + precision.name().toLowerCase(Locale.ROOT) + "\n");
        requests.flush();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> answer(current));
        try {
            String line = answer.get(seconds, TimeUnit.SECONDS);
            if (line.isEmpty()) {
                return CheckResult.failed(
                        name, precision, "the process died with exit code " + current.waitFor() + ": " + lastLines());
            }
            return GraphFile.parse(line, CheckResult.class);
        } catch (TimeoutException e) {
            return CheckResult.failed(
                    name, precision, "still computing after " + seconds + " s, stopped: " + lastLines());
        }
    }

    @Override
    public void close() {
        Process current = process;
        if (current != null) {
            current.destroyForcibly();
            process = null;
        }
    }

    /** Returns the next line that is a result, or an empty one at the end; native libraries print beside them. */
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

    private Process start() throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.like(List.of("-Xmx4g", "-XX:-CreateCoredumpOnCrash")));
        command.add("-XX:ErrorFile=" + log + ".hs_err");
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), CheckMain.class.getName()));
        command.addAll(options.arguments());
        return new ProcessBuilder(command).redirectError(log.toFile()).start();
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("SLF4J"))
                .toList();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 6), lines.size()));
    }
}
